"""What the gateway's memory does while the broker is away, and whether everything arrives afterwards."""
