"""From arrays of readings to hourly validated mass, against what others do with the same arrays."""
