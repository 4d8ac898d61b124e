"""The one command, and the demo that composes the rooms."""
