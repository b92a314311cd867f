"""The Celery app.

The broker only wakes the worker up. Whatever must not be lost is a row in the database.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("run_ready")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["clinic"])
