"""Whether a patient is known: search, likely matches, and the warning at every staff door."""
