"""A form put aside: save, leave, and come back."""
