"""The addresses of intakes, of reviews, and of a patient's own pages."""
