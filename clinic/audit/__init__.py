"""The audit trail: append-only, written in the same transaction as what it records."""
