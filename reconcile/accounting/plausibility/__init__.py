"""Patterns of accounting data that look made up or mistaken, one file per pattern, each with ``check``."""
