"""The whole chain under random faults: nothing lost, nothing doubled."""
