"""The practice manager's pages about one patient or one visit."""
