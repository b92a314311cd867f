"""How often the public may do a thing. Counts live in the database, so Redis may be down."""
