"""The pages on which a patient fills in the questionnaire herself."""
