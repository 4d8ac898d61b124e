"""A year of the whole fleet: how long the study takes, in how much memory, beside DuckDB's plain averages."""
