"""Enrollments and their ledger: visits granted, reserved, used and returned."""
