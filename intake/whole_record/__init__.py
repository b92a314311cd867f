"""A patient's whole record, for herself and for the desk to hand over, in words and as FHIR."""
