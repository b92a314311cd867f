"""The page on which who gives access reads the audit trail: ids, never a name of a patient."""
