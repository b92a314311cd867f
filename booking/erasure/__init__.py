"""The desk's page on which a patient is erased, and what of booking keeps her from it."""
