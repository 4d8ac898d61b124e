"""One file per protocol behind one small interface."""
