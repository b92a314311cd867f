"""Processes, periodic jobs and logs: what keeps an installation running."""
