"""Taking everything out of Run Ready: one archive of all tables as CSV and all records as FHIR."""
