"""Concerns and tasks: what is unresolved about a patient, and what the clinic owes her."""
