"""Equations of the rule books: standard state, mass, heat input. One file for each rule book."""
