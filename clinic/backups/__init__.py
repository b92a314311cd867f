"""Backups of the whole database: making one, loading one, and what must follow a restore."""
