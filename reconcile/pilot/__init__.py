"""The pilot study: engine over a fleet, in one process or over many machines, and the four questions it answers."""
