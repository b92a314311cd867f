"""Staff and patients: their contact data, the access of staff, and merging duplicate rows."""
