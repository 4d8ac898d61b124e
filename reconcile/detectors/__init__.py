"""Detectors: each looks for one pattern, hour after hour; the bank runs them all and merges what has one cause."""
