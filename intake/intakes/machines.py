"""Tell booking of visitors who filled in the contact page as a program does."""

from typing import Any

from django.dispatch import receiver

from booking.signals import visitor_considered
from clinic.models.people import Patient
from intake.models import Intake


@receiver(visitor_considered)
def came_from_a_machine(patient: Patient, **kwargs: Any) -> bool:
    """Return whether a form of this patient was set aside when it was begun."""
    return Intake.objects.filter(patient=patient, set_aside=True).exists()
