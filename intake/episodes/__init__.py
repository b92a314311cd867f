"""What is open about a patient, when it is due, and which staff are told."""
