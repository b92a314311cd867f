"""A page that shows a newer revision than is stored, as after an older backup was restored."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Package, Service
from intake.models import VisitRecord
from intake.visit_records.queries import findings_of
from tests.cast import Cast, client_for, make_cast
from tests.edges.crawling import Form, read
from tests.factories import make_appointment
from tests.intake.checkins.checking_in import make_package
from tests.intake.review.reviewing import TORN, make_intake

pytestmark = pytest.mark.django_db

# The fields by which a form says what its page showed.
SAYING = ("rev", "seen", "version", "revision")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def arrived(cast: Cast, status: str = "arrived") -> str:
    starts = timezone.now() - timedelta(minutes=30)
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=starts, status=status
    )
    return str(visit.pk)


# The page, and who opens it.
PAGES: dict[str, tuple[str, Callable[[Cast], list[str]]]] = {
    "visit_record": ("clinician", lambda cast: [arrived(cast)]),
    "review_case": ("clinician", lambda cast: [make_intake(patient=cast.patient, **TORN).pk]),
    "desk_appointment": ("manager", lambda cast: [arrived(cast, "booked")]),
    "desk_move": ("manager", lambda cast: [arrived(cast, "booked")]),
    "desk_contact": ("manager", lambda cast: [cast.patient.pk]),
    "desk_package": ("manager", lambda cast: [make_package(cast.patient).pk]),
    "desk_change_terms": ("manager", lambda cast: []),
    "desk_package_terms": ("manager", lambda cast: [Package.objects.earliest("pk").pk]),
    "desk_change_service": ("manager", lambda cast: [Service.objects.earliest("pk").code]),
}


def is_saying(field: str) -> bool:
    return field.rpartition("-")[2] in SAYING


def newer(form: Form) -> dict[str, list[str]]:
    """Return what the form would send, if its page had shown a revision that is yet to come."""
    sent = {name: list(values) for name, values in form.fields.items() if name != "preview"}
    for name, values in sent.items():
        if is_saying(name):
            values[:] = [
                str(int(value) + 9) if value.isdecimal() else f"9{value}" for value in values
            ]
    return sent


@pytest.mark.parametrize("name", list(PAGES))
def test_it_is_refused_and_never_an_error(cast: Cast, name: str) -> None:
    who, args = PAGES[name]
    client = client_for(cast.manager if who == "manager" else cast.clinician.user)
    address = reverse(name, args=args(cast))
    page = client.get(address).content.decode()
    forms = [form for form in read(address, page).forms if any(map(is_saying, form.fields))]
    assert forms
    for form in forms:
        # 422 where the page leaves empty what a person has to fill in.
        sent = {**newer(form), "confirmed": ["1"]}
        assert client.post(form.action, sent).status_code in (409, 422), form


def test_the_record_of_a_visit_keeps_what_was_typed(cast: Cast) -> None:
    client: Client = client_for(cast.clinician.user)
    address = reverse("visit_record", args=[arrived(cast)])
    answer = client.post(address, {"revision": "9", "note": "Calf is tight"})
    assert answer.status_code == 409
    text = " ".join(answer.content.decode().split())
    assert "Calf is tight" in text
    assert "Your page showed a record that is not stored any more." in text
    # Sent once more, now on purpose, it is saved.
    saved = client.post(address, {"revision": "0", "note": "Calf is tight"})
    assert saved.status_code == 302
    assert findings_of(VisitRecord.objects.get()).note == "Calf is tight"
