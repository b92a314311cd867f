"""E-mail owed and sent. A row is written with the deed that owes it; one task sends what is due."""
