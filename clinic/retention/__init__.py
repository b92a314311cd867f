"""How long rows are kept, and erasing what is due or what a patient wants erased."""
