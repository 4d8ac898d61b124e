"""CO2 by accounting, one file per sector with the same function names."""
