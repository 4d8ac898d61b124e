"""The database schema: numbered migrations as ``.sql`` files and the runner that applies them."""
