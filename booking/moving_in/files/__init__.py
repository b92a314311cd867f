"""Reading files: tables, the columns of each system, rows as values, and who is like whom."""
