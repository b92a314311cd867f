"""Find patient rows that are one person, and merge them."""
