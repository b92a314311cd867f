"""E-mail owed and sent. An action writes the row it owes; one task sends what is due."""
