"""The base app: settings and addresses, people and sign-in, audit trail and mail.

The other apps import from it; it imports from none of them.
"""

# Loaded with the package, so that every task belongs to our Celery app and its settings.
from clinic.celery import app as celery_app

__all__ = ["celery_app"]
