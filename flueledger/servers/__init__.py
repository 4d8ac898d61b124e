"""Servers that the demo brings along, and child processes that end with it."""
