"""The page of one concern, for clinicians."""
