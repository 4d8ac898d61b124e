"""From ratios that are off to causes: which fault explains what is seen, how large it is, and what looks the same."""
