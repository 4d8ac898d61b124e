"""Which faults of a fleet are found, how soon, with how many false alarms; ours and those of general tools."""
