"""Visits at which the clock shows another time than was promised, and putting them back."""
