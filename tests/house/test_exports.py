"""Files that leave the site: those of staff with data of patients ask for a fresh sign-in."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast, client_for, make_cast
from tests.factories import PASSWORD
from tests.intake.review.reviewing import make_intake

# Every function that answers with a file, by its module; who may take it, and what it asks for.
FRESH = "a fresh sign-in"
EXPORTS = {
    "intake.fhir.views.case_fhir": FRESH,
    "booking.worklists.views.as_file": FRESH,
    "booking.billing.views_takings.takings_file": FRESH,
    "clinic.audit_log.views.log_file": FRESH,
    "booking.worklists.views_mail.mails_file": FRESH,
    "intake.reports.views.reports_csv": "nothing: counts by month, small ones hidden",
    "clinic.heard_from.views.code_file": "nothing: a QR code that anybody may see",
    "intake.fhir.views.own_record_file": "the date of birth just now, as it is her own",
    "intake.moving_out.views.export_everything": "a fresh sign-in and a reason, by POST",
    "booking.moving_in.views.template": "nothing: the names of the columns, and no row",
    "booking.online_booking.views_manage.visit_calendar": "nothing: a visit of hers",
}
# What makes a file of an answer.
FILES = re.compile(r"attachment; filename|\bcsv_response\(|\bas_file\(")
FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)


def answering_with_files() -> set[str]:
    """Return the views whose body makes a file, as found in the source."""
    found = set()
    for app in ("clinic", "booking", "intake"):
        for path in (settings.BASE_DIR / app).rglob("views*.py"):
            module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
            parts = FUNCTION.split(path.read_text())
            for name, body in zip(parts[1::2], parts[2::2], strict=True):
                if FILES.search(body) and "request" in body.partition(")")[0]:
                    found.add(f"{module}.{name}")
    return found


def test_every_file_that_leaves_has_a_line() -> None:
    assert answering_with_files() == set(EXPORTS)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def files(cast: Cast) -> dict[str, tuple[Any, str]]:
    intake = make_intake(patient=cast.patient)
    return {
        "intake.fhir.views.case_fhir": (
            cast.clinician.user,
            reverse("case_fhir", args=[intake.pk]),
        ),
        "booking.worklists.views.as_file": (
            cast.manager,
            reverse("desk_list_file", args=["idle"]),
        ),
        "booking.billing.views_takings.takings_file": (
            cast.manager,
            reverse("desk_takings_file"),
        ),
        "booking.worklists.views_mail.mails_file": (cast.manager, reverse("desk_mails_file")),
        "clinic.audit_log.views.log_file": (cast.admin, reverse("audit_log_file")),
    }


@pytest.mark.django_db
def test_staff_take_a_file_only_just_after_signing_in(cast: Cast) -> None:
    table = files(cast)
    assert set(table) == {name for name, asks in EXPORTS.items() if asks == FRESH}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clients: dict[str, Client] = {name: client_for(user) for name, (user, _) in table.items()}
        for name, (_, address) in table.items():
            answer = clients[name].get(address)
            assert answer.status_code == 200, name
            # A name of ours, with nothing typed in it.
            said = answer["Content-Disposition"]
            assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+"', said), name
        clock.shift(timedelta(minutes=6))
        for name, (_, address) in table.items():
            answer = clients[name].get(address)
            assert answer.status_code == 302, name
            assert "reauthenticate" in answer["Location"], name


@pytest.mark.django_db
def test_the_file_arrives_after_the_password(cast: Cast) -> None:
    _, address = files(cast)["booking.worklists.views_mail.mails_file"]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = client_for(cast.manager)
        clock.shift(timedelta(minutes=6))
        asked = client.get(address)
        back = client.post(asked["Location"], {"password": PASSWORD})
        assert back["Location"] == address
        assert client.get(address).status_code == 200
