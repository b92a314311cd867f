"""E-mail: actions write a row for each mail they owe, and one periodic task sends what is due."""
