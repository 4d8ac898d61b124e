"""Independent routes to the same mass of CO2: what each stands on, whether they agree, and which one does not."""
