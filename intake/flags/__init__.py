"""Flags of an intake: their labels, who reads them, and those added by hand."""
