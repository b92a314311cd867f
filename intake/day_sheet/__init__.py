"""The day sheet of a clinician: each visit of a day with what it needs."""
