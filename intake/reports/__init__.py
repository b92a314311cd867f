"""Figures of a month for the practice manager."""
