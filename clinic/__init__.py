"""The roof and the foundation: settings, people, audit, mail."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
