"""The words that all rooms share: channel, flag, scan, wire format, plant file, regulatory time, schema."""
