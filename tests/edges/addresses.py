"""Every address of the site, with rows of the sample clinic in it, and who asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from booking.models import (
    Appointment,
    EarlierWish,
    Enrollment,
    ImportRow,
    ImportRun,
    Package,
    Service,
    SlotOffer,
)
from clinic.models import Email
from clinic.models.people import Clinician, Patient, User
from intake.models import Concern, Decision, EmailChange, Intake, Task
from tests.cast import client_for
from tests.edges.visitors import visitor
from tests.factories import make_patient, make_user

CANARY = "Zanarique"
# A part whose name means another thing in each address.
SLUGS = {"intake_section": "safety", "learn_topic": "leaking", "desk_list": "idle"}
SLUGS["desk_list_file"] = SLUGS["desk_list"]
PLAIN: dict[str, Any] = {
    "pk": 1,
    "visit": 1,
    "number": 1,
    "closure_id": 1,
    "opening_id": 1,
    "room_id": 1,
    "place_id": 1,
    "year": 2027,
    "day": "2027-02-01",
    "month": "2027-02",
    "mark": "arrived",
    "act": "pay",
    "code": "evaluation",
    "form_id": "intake",
    "version": "1.1",
    "token": "unknown",
    "uidb36": "1",
    "key": "a-b",
    "kind": "patients",
}
ROWS: dict[str, Any] = {
    "patient_id": Patient,
    "other_id": Patient,
    "appointment_id": Appointment,
    "enrollment_id": Enrollment,
    "intake_id": Intake,
    "wish_id": EarlierWish,
    "offer_id": SlotOffer,
    "email_id": Email,
    "change_id": EmailChange,
    "task_id": Task,
    "concern_id": Concern,
    "decision_id": Decision,
    "clinician_id": Clinician,
    "package_id": Package,
    "service_id": Service,
    "run_id": ImportRun,
    "row_id": ImportRow,
}


@dataclass(frozen=True)
class Address:
    """A path of the site, the name of its view, and whether a patient's row is named in it."""

    name: str
    path: str
    has_row: bool


def _patterns(resolver: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each URL pattern, and those of the parts of its address that vary."""
    for entry in resolver.url_patterns:
        parts = (*before, *(entry.pattern.converters or entry.pattern.regex.groupindex))
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, parts)
        else:
            yield entry.name, list(parts)


def every_address() -> list[Address]:
    """Return an address for each URL pattern, with the first row of the table that it names."""
    known = {name: model._default_manager.first() for name, model in ROWS.items()}
    values = {name: row.pk if row else uuid4() for name, row in known.items()}
    values |= {**PLAIN, "user_id": User.objects.filter(is_manager=True).earliest("pk").pk}
    found = []
    for name, parts in _patterns(get_resolver()):
        given = {part: SLUGS[name] if part == "slug" else values[part] for part in parts}
        found.append(Address(name, reverse(name, kwargs=given), bool({*parts} & {*ROWS})))
    return found


def fill_clinic() -> dict[str, Client]:
    """Make the sample clinic, every name in it a canary; return a client for each kind of person.

    "other" is a patient who has nothing to do with any row, and bears no canary.
    """
    call_command("seed", patients=10)
    people = {role: visitor(role)[0] for role in ("anybody", "patient", "clinician", "manager")}
    Patient.objects.update(name=f"{CANARY} Quillmont")
    other = make_patient(email="o@example.test", name="Otherwise Known", user=make_user())
    admin = make_user(email="admin@example.test", is_access_admin=True)
    return {**people, "other": client_for(other.user), "admin": client_for(admin)}
