"""Drafts of an intake: leaving one, coming back by a mailed link, and erasing old ones."""
