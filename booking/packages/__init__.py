"""Enrollments: their visits and the spacing of these, and the ledger of credits."""
