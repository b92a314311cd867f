"""Every model there is."""

from typing import Any

from django.apps import apps
from django.db import models


def all_models() -> list[type[models.Model]]:
    """Return every model, those of libraries and the tables between two models too, by label."""
    found: list[Any] = list(apps.get_models(include_auto_created=True))
    return sorted(found, key=lambda model: model._meta.label_lower)
