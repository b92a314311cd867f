"""Everything that changes a booking. One function, one transaction.

Rows are locked in one order everywhere: enrollment, clinicians by id, rooms by id, appointment.
"""
