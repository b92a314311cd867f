"""Who acts and when: made once where a request, a task or a command begins, then handed down."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.record import Actor, actor_of


@dataclass(frozen=True)
class Context:
    """Who acts, and the aware time at which everything done on the way happens.

    Nobody is missing: what the clinic does by itself, without a person, is done by `SYSTEM`.
    Functions that need only the time take `now`, those that need only the person take `actor`.
    """

    actor: Actor
    now: datetime


def context_of(request: HttpRequest) -> Context:
    """Return who is behind the request, and the present time."""
    return Context(actor_of(request), timezone.now())
