"""Plan all visits of a package at once."""
