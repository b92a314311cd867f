"""What happens to one appointment: hold, book, move, cancel, attend."""
