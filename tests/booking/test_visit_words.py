"""What a card of the calendar says, for each state a visit can be in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags

from booking.calendar.queries import Card
from booking.models import Appointment, SlotOffer
from booking.templatetags import visit_words
from clinic.models.people import Clinician, Patient

NOON = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def card(now: datetime = NOON - HOUR, *, marks: dict[str, bool] | None = None, **row: Any) -> Card:
    patient = Patient(interpreter=row.pop("interpreter", ""))
    visit = Appointment(patient=patient, starts_at=NOON, ends_at=NOON + HOUR, **row)
    given = {"is_first": False, "is_intake_missing": False} | (marks or {})
    return Card(visit, now, **given)


def said(one: Card) -> list[str]:
    return [strip_tags(words).strip() for words in visit_words.marks(one)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"status": "held", "hold_until": NOON - HOUR}, ["Held until 11:00 am"]),
        ({"status": "booked"}, ["Booked"]),
        ({"status": "booked", "set_aside_at": NOON}, ["Set aside"]),
        ({"status": "arrived"}, ["Arrived"]),
        ({"status": "completed"}, ["Completed"]),
        ({"status": "no_show"}, ["No-show"]),
        ({"status": "booked", "overlap_reason": "twins"}, ["Booked", "Overlap"]),
        ({"status": "booked", "attention": "stop"}, ["Booked"]),
        ({"status": "booked", "interpreter": "Farsi"}, ["Booked", "&nbsp;Interpreter: Farsi"]),
    ],
)
def test_a_card_says_its_state_first(row: dict[str, Any], words: list[str]) -> None:
    assert said(card(**row)) == words


@pytest.mark.parametrize("status", ["booked", "arrived"])
def test_a_visit_that_is_over_and_not_closed_says_so_instead(status: str) -> None:
    late = NOON + 2 * HOUR
    assert said(card(late, status=status, attention="red")) == ["Not closed yet"]


@pytest.mark.parametrize(
    ("attention", "words"),
    [
        ("", ""),
        ("stop", "Call first"),
        ("red", "No impact until reviewed"),
        ("check_in_due", "Check-in due"),
        ("compare", "Compare two records"),
    ],
)
def test_what_needs_attention_is_said_until_the_visit_is_over(attention: str, words: str) -> None:
    one = card(status="booked", attention=attention)
    said_first = strip_tags(visit_words.attention_mark(one)).replace("&nbsp;", " ")
    assert " ".join(said_first.split()) == words
    over = card(NOON + 2 * HOUR, status="booked", attention=attention)
    assert visit_words.attention_mark(over) == ""
    # A state added to the visit has words here too.
    assert {*visit_words.SHORT_ATTENTION, ""} == set(Appointment.Attention.values)


def test_marks_stand_in_one_order() -> None:
    marks = {"is_first": True, "is_intake_missing": True, "is_misfit": True}
    words = ["Booked", "To be moved", "First visit", "Intake missing"]
    assert said(card(status="booked", marks=marks)) == words
    words[1] = "Kept outside hours"
    assert said(card(status="booked", stays_outside_hours=True, marks=marks)) == words


def test_a_hold_is_nobodys_first_visit() -> None:
    held = card(status="held", hold_until=NOON, marks={"is_first": True})
    assert said(held) == ["Held until 12:00 pm"]


@pytest.mark.parametrize(
    ("outcome", "is_open", "words"),
    [
        ("accepted", False, "This time is yours"),
        ("", True, "An earlier time is free"),
        ("", False, "This offer is over"),
        ("declined", False, "This offer is over"),
        ("expired", False, "This offer is over"),
    ],
)
def test_an_offer_is_headed_by_what_became_of_it(outcome: str, is_open: bool, words: str) -> None:
    assert visit_words.offer_title(SlotOffer(outcome=outcome), is_open) == words


@pytest.mark.parametrize(
    ("active", "fits", "words"),
    [(True, True, "Fits pessaries"), (True, False, ""), (False, True, "Takes no visits")],
)
def test_the_list_of_hours_says_what_is_special(active: bool, fits: bool, words: str) -> None:
    clinician = Clinician(is_active=active, fits_pessaries=fits)
    assert visit_words.clinician_note(clinician) == words
