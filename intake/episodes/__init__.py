"""What is open about a patient, until when, and who is told."""
