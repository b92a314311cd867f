"""The clinic itself: its wall time and its working hours."""
