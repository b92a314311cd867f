"""Urgent answers: what the patient is told, the call list, and escalation."""
