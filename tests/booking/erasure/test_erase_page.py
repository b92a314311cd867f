"""The desk erases a patient: a fresh sign-in, a reason, a second press."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models.people import Patient
from intake.models import Task
from tests.cast import Cast, client_for, make_cast

pytestmark = pytest.mark.django_db
REASON = "She asked for it by letter."


@pytest.fixture(autouse=True)
def erasure_list(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURE_LIST = str(tmp_path / "backups" / "erasures.sealed")
    return Path(settings.ERASURE_LIST)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_the_second_press_erases_her(cast: Cast, erasure_list: Path) -> None:
    page, desk = reverse("desk_erase", args=[cast.patient.pk]), client_for(cast.manager)
    assert desk.post(page, {"reason": "short"}).status_code == 422
    asked = desk.post(page, {"reason": REASON})
    assert "Erase Pat Example for good?" in asked.content.decode()
    assert Patient.objects.get(pk=cast.patient.pk).name == "Pat Example"
    done = desk.post(page, {"reason": REASON, "sure": "yes"})
    assert (done.status_code, done["Location"]) == (302, reverse("desk_patients"))
    assert Patient.objects.get(pk=cast.patient.pk).name == "Erased"
    assert erasure_list.exists()


def test_it_says_what_is_open_and_has_no_button(cast: Cast) -> None:
    times = dict.fromkeys(("created_at", "due_at", "tries_from"), timezone.now())
    Task.objects.create(patient=cast.patient, kind="call_patient", **times)
    page, desk = reverse("desk_erase", args=[cast.patient.pk]), client_for(cast.manager)
    shown = desk.get(page).content.decode()
    assert "A task about her is open" in shown
    assert "Go on" not in shown
    refused = desk.post(page, {"reason": REASON, "sure": "yes"})
    assert refused.status_code == 409
    assert Patient.objects.get(pk=cast.patient.pk).name == "Pat Example"


def test_a_list_that_cannot_be_written_is_told(cast: Cast, erasure_list: Path) -> None:
    erasure_list.parent.write_text("")
    page, desk = reverse("desk_erase", args=[cast.patient.pk]), client_for(cast.manager)
    refused = desk.post(page, {"reason": REASON, "sure": "yes"})
    assert refused.status_code == 503
    assert "Nothing was erased" in refused.content.decode()
    assert Patient.objects.get(pk=cast.patient.pk).name == "Pat Example"


def test_it_asks_for_a_fresh_sign_in_and_for_a_manager(cast: Cast) -> None:
    page, desk = reverse("desk_erase", args=[cast.patient.pk]), client_for(cast.manager)
    session = desk.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    sent = desk.post(page, {"reason": REASON, "sure": "yes"})
    assert "reauthenticate" in sent["Location"]
    assert Patient.objects.get(pk=cast.patient.pk).name == "Pat Example"
    clinician = client_for(cast.clinician.user)
    assert clinician.get(page).status_code == 403
