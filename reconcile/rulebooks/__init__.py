"""Rule books, one file each with the same function names."""
