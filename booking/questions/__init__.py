"""Asking a patient who was booked without it to answer the questions: her link, and the desk."""
