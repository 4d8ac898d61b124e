"""A number walked down to the hours, minutes, scans and register words that it was made of. Pure."""
