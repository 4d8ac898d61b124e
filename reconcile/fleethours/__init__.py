"""From the minute tables of a fleet to the hours of a point. Pure: arrays in, arrays out."""
