"""Monthly activity data: templates to fill, reading them with every faulty cell named, accounts of what was read."""
