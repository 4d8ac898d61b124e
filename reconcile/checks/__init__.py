"""Checks of single readings, one file each: they flag and never alter. Flags are letters of ``cems.flags``."""
