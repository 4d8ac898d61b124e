"""HJ 212 packets to a regulator's platform: figures out of scans, parcels that wait for it, and its line."""
