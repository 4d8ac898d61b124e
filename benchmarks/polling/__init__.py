"""How much one gateway process can poll, and what it costs beside a bare loop and a rival."""
