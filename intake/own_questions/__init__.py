"""The questions for a patient whom the desk has booked: her own link opens them on her own row."""
