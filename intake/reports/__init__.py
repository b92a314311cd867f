"""The monthly figures for the practice manager."""
