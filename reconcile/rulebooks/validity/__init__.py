"""When an hour of a parameter is valid. One file for each rule book, with the same function name."""
