"""Broker to database: decode or quarantine, write each scan exactly once, acknowledge after commit."""
