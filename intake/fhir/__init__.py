"""The clinic's data in the field's own format, FHIR R4: out as a bundle, in as a response."""
