"""How long a change at a device takes to be seen in the database."""
