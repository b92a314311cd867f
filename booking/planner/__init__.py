"""Plan, hold and book all visits of a package at once."""
