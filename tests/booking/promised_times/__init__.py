"""Visits keep the wall time that was promised when the clock law changes."""
