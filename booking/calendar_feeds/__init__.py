"""Calendar feeds that a patient or a clinician subscribes to."""
