"""Measurements, side by side with stated rivals in the same run; none of them is a test."""
