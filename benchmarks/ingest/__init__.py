"""How fast one ingest process carries scans from the broker into the database, beside COPY of the same rows."""
