"""Whose a patient's row is: a proven mailbox, and what ends when the row changes hands."""
