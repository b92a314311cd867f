"""What a clinician has to know of a patient before reading flags: nine facts in one line."""
