"""A clinician's day: each visit with what it needs."""
