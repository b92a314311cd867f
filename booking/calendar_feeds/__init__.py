"""Calendar feeds that a patient or a clinician can subscribe to."""
