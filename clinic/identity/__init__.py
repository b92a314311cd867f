"""Telephone numbers and dates of birth, parsed in one way everywhere."""
