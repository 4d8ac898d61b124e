"""What the measurements of gateway and ingest stand on: devices, plants, processes, and what a process used."""
