"""No page fails because a patient on it was erased, and her case is not there any more."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, Enrollment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models import Email
from clinic.models.people import Patient
from clinic.retention.erasing import Scope, erase_again
from clinic.retention.erasure_list import Erasure
from intake.models import Concern, Intake, Task
from tests.edges.visitors import visitor
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

# For how many rows a page is opened.
OF_A_KIND = rounds(4, 12)
GONE = ("review_case", "concern")
PAGES: dict[str, dict[str, type[Model]]] = {
    "clinician": {
        "review_case": Intake,
        "case_fhir": Intake,
        "concern": Concern,
        "task": Task,
        "visit_record": Appointment,
        "emergency_access": Patient,
    },
    "manager": {
        "desk_patient": Patient,
        "desk_contact": Patient,
        "desk_appointment": Appointment,
        "desk_package": Enrollment,
        "desk_receipt": Enrollment,
        "desk_mail": Email,
        "desk_intake": Patient,
        "task": Task,
        "emergency_access": Patient,
    },
}
LISTS = {
    "clinician": [f"/review/?tab={tab}" for tab in ("", "held", "done")] + ["/review/check-ins/"],
    "manager": ["/desk/", "/desk/week/", "/desk/lists/", "/desk/mail/", "/review/matches/"],
}


def addresses(role: str) -> Iterator[tuple[str, str]]:
    """Yield (name, address) of some pages of each kind, and of the lists."""
    yield from (("list", address) for address in LISTS[role])
    for name, model in PAGES[role].items():
        for key in model._default_manager.order_by("pk").values_list("pk", flat=True)[:OF_A_KIND]:
            yield name, reverse(name, args=[key])


@pytest.mark.parametrize("scope", list(Scope))
def test_every_page_opens_or_is_gone(scope: Scope, settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    call_command("seed", patients=10)
    now = timezone.now()
    for patient in Patient.objects.current():
        erase_again(Erasure((patient.pk,), now, scope), context=Context(SYSTEM, now))
    assert not Patient.objects.exclude(email="").exists()
    # The backup had what staff closed before they erased her.
    assert not Appointment.objects.filter(status__in=("booked", "held")).exists()
    assert not Enrollment.objects.filter(ended_at__isnull=True).exists()
    if scope == Scope.ALL:
        assert Concern.objects.exclude(state="resolved").exists()
        assert not Concern.objects.open().exists()
        assert not Task.objects.open().exists()
        assert not Intake.objects.awaiting_review().exists()
    for role in PAGES:
        open_all(role, scope)


def open_all(role: str, scope: Scope) -> None:
    client, _starts = visitor(role)
    client.raise_request_exception = False
    opened = 0
    for name, address in addresses(role):
        status = client.get(address).status_code
        if name in GONE and scope == Scope.ALL:
            assert status == 404, address
        else:
            assert status in (200, 302, 404, 409), (address, status)
        opened += status == 200
    assert opened > 10
    if role == "clinician" and scope == Scope.ALL:
        assert not any(f"/review/{case.pk}/" in done(client) for case in Intake.objects.all())


def done(client: Any) -> str:
    """Return the list of what is decided."""
    page: str = client.get("/review/?tab=done").content.decode()
    return page
