"""Instrument quality and uncertainty."""
