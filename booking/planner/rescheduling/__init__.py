"""Move a visit and all booked ones after it at once."""
