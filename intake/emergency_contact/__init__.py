"""Whom to call, and where help finds a patient, when nobody reaches her."""
