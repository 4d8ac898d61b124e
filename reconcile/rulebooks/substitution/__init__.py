"""What stands in for a missing hour. One file for each rule book."""
