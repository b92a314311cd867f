"""What happens when somebody has signed in."""

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from clinic.audit.record import Actor, record
from clinic.people.models import User
from clinic.people.sign_in import link_patient


@receiver(user_logged_in)
def after_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Write it down, and let a patient's user speak for her row."""
    record(Actor(f"user:{user.pk}", user.role, request.META.get("REMOTE_ADDR", "")), "sign in")
    link_patient(user)
