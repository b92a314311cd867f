"""The clinic's wall time and working hours."""
