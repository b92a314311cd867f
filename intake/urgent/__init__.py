"""Urgent answers: the guidance for the patient, the call list, and escalation."""
