"""Holding the monitored against the calculated total."""
