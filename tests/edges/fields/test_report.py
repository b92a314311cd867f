"""The report of the bad-input proof: a field nobody reaches is in it, however it is known."""

from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.test import Client

from tests.edges.fields.coverage import APPS, Reached, is_first
from tests.edges.fields.known import (
    EXCEPT,
    known_from_code,
    of_form_classes,
    of_reads,
    read_reached,
    report,
)

CONSENT = "intake.intakes.consent_form.ConsentForm"
SOURCE = """
FIELD = "by_constant"
def view(request):
    request.POST.get("read", "")
    request.GET.getlist(f"row-{1}-name")
    request.POST["taken"]
    if "asked" in request.POST or {"one", "other"} & request.POST.keys():
        other.get("not a field")
    request.POST.get("all" if request else "some")
"""


def test_a_form_that_nobody_reaches_is_reported() -> None:
    class Nowhere(forms.Form):
        __module__ = "booking.nowhere"
        __qualname__ = "Nowhere"
        lonely = forms.CharField()

    known = of_form_classes()
    lost = ("booking.nowhere.Nowhere", "lonely")
    assert lost in known
    assert report(known, known - {lost}, {}) == [
        f"reached {len(known) - 1} of {len(known)} fields",
        "not reached: booking.nowhere.Nowhere: lonely",
    ]
    # With a reason it is not counted, until somebody reaches it after all.
    assert report(known, known - {lost}, {lost: "why"}) == [
        f"reached {len(known) - 1} of {len(known) - 1} fields"
    ]
    assert report(known, known, {lost: "why"})[1:] == [f"reached, though excepted: {lost}"]
    assert report(set(), set(), {lost: "why"})[1:] == [f"excepted, but unknown: {lost}"]


def test_names_that_are_read_without_a_form_are_known() -> None:
    names = {"read", "row-*-name", "taken", "asked", "one", "other", "all", "some"}
    assert of_reads("booking.nowhere", SOURCE) == {("booking.nowhere", name) for name in names}


def test_what_stands_in_the_code_is_known() -> None:
    known = known_from_code()
    assert {
        (CONSENT, "adult"),
        ("intake.questionnaire.section.SectionForm", "safety_mind"),
        ("intake.questionnaire.section.SectionForm", "bg_birth_date_year"),
        ("booking.appointments.access", "rev"),
        ("intake.emergency_access.views", "end"),
    } <= known
    of_ours = {one for one in EXCEPT if one[0].partition(".")[0] in APPS}
    assert known >= of_ours


@pytest.mark.django_db
def test_reached_is_what_a_view_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client, reached = Client(), Reached()
    reached.watch(monkeypatch)

    def post(view: str, path: str, name: str, value: str, usual: str = "") -> Any:
        return reached.send(view, name, value, [usual], lambda: client.post(path, {name: value}))

    assert post("intake_welcome", "/intake/", "adult", "NaN").status_code == 422
    # What the page would have sent anyway is not a bad value.
    post("intake_welcome", "/intake/", "record", "on", usual="on")
    # No one may send this here, and that is refused before anything is read.
    assert post("desk_new_patient", "/desk/patients/new/", "name", "NaN").status_code == 403
    assert post("intake_welcome", "/intake/", "contact", "\x00").status_code == 400
    reached.write(tmp_path, "anybody")
    seen, found = read_reached(tmp_path)
    assert {("intake_welcome", "adult"), (CONSENT, "adult")} <= found
    assert {name for _where, name in found} == {"adult"}
    assert {(CONSENT, "record"), (CONSENT, "contact"), ("desk_new_patient", "name")} <= seen


def test_one_person_of_a_role_sends_a_field_all_values(tmp_path: Path) -> None:
    folder = tmp_path / "reached"
    asked = [("manager", "name"), ("manager", "name"), ("clinician", "name"), ("manager", "reason")]
    assert [is_first(folder, *words) for words in asked] == [True, False, True, True]
    assert read_reached(folder) == (set(), set())
