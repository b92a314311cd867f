"""Everything that changes an intake. One function, one transaction."""
