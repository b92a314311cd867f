"""The Context: who acts, and when.

It is made once, where a request, a task or a command begins, and passed down from there.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.record import Actor, actor_of


@dataclass(frozen=True)
class Context:
    """Who acts, and the time (aware) at which everything done in this context happens.

    There is always an actor: what the system does by itself is done by `SYSTEM`. A function that
    needs only the time takes `now`; one that needs only the person takes `actor`.
    """

    actor: Actor
    now: datetime


def context_of(request: HttpRequest) -> Context:
    """Return the context of a request: its user or patient, and the current time."""
    return Context(actor_of(request), timezone.now())
