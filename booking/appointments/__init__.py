"""The actions on one appointment: hold, book, move, cancel, mark attended."""
