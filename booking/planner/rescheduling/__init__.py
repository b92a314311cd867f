"""Move a visit and those after it at once."""
