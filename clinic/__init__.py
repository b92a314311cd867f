"""The base app: settings and addresses, people and sign-in, audit trail and mail.

The other apps import from it; it imports from none of them.
"""

from clinic.practice.zone_data import use_pinned

# Before anything else is imported, so that no zone is made from the machine's own files.
use_pinned()

# Loaded with the package, so that every task belongs to our Celery app and its settings.
from clinic.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
