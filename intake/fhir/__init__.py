"""FHIR R4: a patient's record as a bundle, forms as Questionnaires, and responses read in."""
