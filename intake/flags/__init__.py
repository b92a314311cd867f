"""Flags of an intake: how pages label them, and those a clinician adds by hand."""
