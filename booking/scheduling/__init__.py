"""Intervals, timetables and the search for free times."""
