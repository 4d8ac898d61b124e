"""A simulated plant, its instruments with their errors and faults, and the faces they show."""
