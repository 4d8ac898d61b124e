"""From raw scans to validated hours, both CO2 accounts, their comparison and the report."""
