"""Mail links to drafts, and erase the drafts nobody came back to."""

from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor, record
from clinic.database.retrying import retried
from clinic.identity.same_person import email_key
from clinic.messages import asked
from clinic.messages.outbox import owe
from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient
from intake.intakes.draft_terms import DRAFT_LIFETIME, RESUME, RESUME_LINK, about, kept_until
from intake.models import Intake

# Anybody can type this address into forms of their own, so at most so many links go out at once.
MOST_DRAFTS = 3
# What the sender is asked for.
LINKS = "links_to_drafts"


@retried
def owe_link(*, intake_id: UUID, context: Context) -> None:
    """Owe a mail with a new link to this draft. Raises Intake.DoesNotExist when there is none."""
    # Locked, so that two requests at once get different numbers below.
    intake = Intake.objects.drafts().select_for_update().get(pk=intake_id)
    # A mail is owed once for kind, about and rev; each request is a mail of its own.
    earlier = Email.objects.filter(kind=RESUME_LINK, about=about(intake)).count()
    owe(
        kind=RESUME_LINK,
        about=about(intake),
        rev=earlier,
        patient=intake.patient,
        due_at=context.now,
        useless_after=kept_until(intake),
    )
    record(context.actor, "ask for a link", intake, patient=intake.patient_id)


def ask_for_links(*, email: str, actor: Actor) -> None:
    """Ask the sender for links to the drafts of this address; whether it has any is not looked up.

    So the request takes as long for every address.
    """
    asked.ask(LINKS, {"email": email, "actor": astuple(actor)})


def mail_asked_links(content: Any, asked_at: datetime) -> None:
    """Owe what `ask_for_links` asked for: the sender calls it."""
    owe_links_to(email=content["email"], context=Context(Actor(*content["actor"]), asked_at))


@retried
def owe_links_to(*, email: str, context: Context) -> None:
    """Owe a link to each of the newest drafts of this address; does nothing when it has none.

    A draft that the desk is filling in is left out: only its writer may open it.
    """
    drafts = (
        Intake.objects.full()
        .drafts()
        .filter(
            patient__email_key=email_key(email),
            entered_by__isnull=True,
            saved_at__gt=context.now - DRAFT_LIFETIME,
        )
    )
    for key in drafts.order_by("-saved_at").values_list("pk", flat=True)[:MOST_DRAFTS]:
        owe_link(intake_id=key, context=context)


def erase_old_drafts(*, now: datetime) -> int:
    """Erase the drafts that nobody saved anything in for 30 days; return how many.

    A draft that ever was urgent or red is in a queue. It stays as a record.
    """
    old = Intake.objects.drafts().filter(saved_at__lt=now - DRAFT_LIFETIME, queue="")
    return sum(_erase(intake_id=key, now=now) for key in old.values_list("pk", flat=True))


@retried
def _erase(*, intake_id: UUID, now: datetime) -> bool:
    # Asked again under the lock: she may have come back since the list was read.
    rows = Intake.objects.drafts().filter(saved_at__lt=now - DRAFT_LIFETIME, queue="")
    intake = rows.select_for_update().filter(pk=intake_id).first()
    if intake is None or intake.urgent_calls.exists():
        return False
    record(SYSTEM, "erase draft", intake, patient=intake.patient_id)
    # Before the question below, for which any row that refers to the patient counts.
    Email.objects.filter(kind=RESUME_LINK, about=about(intake)).delete()
    AccessLink.objects.filter(purpose=RESUME, about=about(intake)).delete()
    BirthDateTries.objects.filter(patient=intake.patient_id).delete()
    patient = intake.patient
    intake.delete()
    if not _is_known_otherwise(patient):
        patient.delete()
    return True


def _is_known_otherwise(patient: Patient) -> bool:
    """Return whether the patient has an account or any other row refers to her."""
    # Every relation there is, so that a model added later is not forgotten.
    relations = [one for one in Patient._meta.get_fields(include_hidden=True) if one.auto_created]
    return patient.user_id is not None or any(
        one.related_model._base_manager.filter(**{one.field.name: patient}).exists()  # type: ignore[union-attr]
        for one in relations
        if one.one_to_many or one.one_to_one
    )
