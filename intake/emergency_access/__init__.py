"""Opening what helps one patient in an emergency, for half an hour, with a reason."""
