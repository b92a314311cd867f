"""Claiming rows that are due and handing them to a mail server, each once."""
