"""The desk's work lists: who belongs on each, and the file with the same rows."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Appointment, Closure, ImportRow, ImportRun, Payment, Policy
from booking.worklists.queries import LISTS
from clinic.messages.reasons import words_for
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date
from tests.booking.waitlist.test_waitlist import wish
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment, make_enrollment, make_patient, make_referral

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# How the columns of a file end that repeat a time so that a spreadsheet can sort it.
ISO = (", date", ", time")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def person(name: str, **fields: Any) -> Patient:
    return make_patient(email=f"{name.lower()}@example.test", name=name, **fields)


def visit(cast: Cast, patient: Patient, days: float, **fields: Any) -> Any:
    """Make a visit that many days from now. Visits on other days do not overlap."""
    at = (timezone.now() + days * DAY).replace(minute=0, second=0, microsecond=0)
    return make_appointment(patient=patient, clinician=cast.clinician, starts_at=at, **fields)


def to_pay(cast: Cast) -> None:
    for name, days, status in (("Owes", -3, "completed"), ("Back", -2, "no_show")):
        made = visit(cast, person(name), days, status=status, price_cents=22_500)
        if name == "Back":
            Payment.objects.create(
                appointment=made, kind="paid", part=1, cents=100, method="cash",
                at=timezone.now(), by="x",
            )  # fmt: skip
    visit(cast, person("Ahead"), 2, price_cents=22_500)


def invited(cast: Cast) -> None:
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    for name in ("Waits", "Booked", "Stopped", "Expired"):
        stops = name == "Stopped"
        expires = today - DAY if name == "Expired" else today + 9 * DAY
        patient = person(name)
        make_referral(patient=patient, now=now, stops_self_booking=stops, expires_on=expires)
        if name == "Booked":
            visit(cast, patient, 3)


def idle(cast: Cast) -> None:
    now = timezone.now()
    for number, name in enumerate(("Idle", "Busy", "Fresh", "Paused", "Back")):
        patient = person(name)
        referral = make_referral(patient=patient, now=now)
        enrolled_at = now - {"Fresh": 1, "Back": 29}.get(name, 30) * DAY
        enrollment = make_enrollment(patient=patient, referral=referral, now=enrolled_at)
        if name in {"Paused", "Back"}:
            # A pause of ten days that is under way, or that ended yesterday.
            began = now.date() - (5 if name == "Paused" else 11) * DAY
            enrollment.added_days.create(
                kind="pause", days=10, starts_on=began, at=now, by="system", reason="Abroad"
            )
        if name == "Busy":
            visit(cast, patient, 3 + number, service="rr1", enrollment=enrollment, visit_number=1)


def no_shows(cast: Cast) -> None:
    visit(cast, person("Missed"), -3, status="no_show")
    back = person("Back")
    visit(cast, back, -4, status="no_show")
    visit(cast, back, 4)
    visit(cast, person("Longago"), -90, status="no_show")


def unclosed(cast: Cast) -> None:
    visit(cast, person("Open"), -2)
    visit(cast, person("Done"), -3, status="completed")
    visit(cast, person("Ahead"), 3)


def to_move(cast: Cast) -> None:
    far, near = visit(cast, person("Orphan"), 5), visit(cast, person("Kept"), 6)
    for one in (far, near):
        Closure.objects.create(starts_at=one.starts_at, ends_at=one.ends_at)
    near.stays_outside_hours = True
    near.save()


def overlaps(cast: Cast) -> None:
    # It is outside the hours on purpose too: staff gave a reason for it.
    visit(cast, person("Over"), 5, overlap_reason="=Twins")
    visit(cast, person("Plain"), 6)


def reminders(cast: Cast) -> None:
    now = timezone.now()
    for name, kind, status, due in (
        ("Due", "reminder_24h", "due", 1),
        ("Failed", "reminder_48h", "failed", -1),
        ("Later", "reminder_24h", "due", 9),
        ("News", "confirmation", "due", 1),
    ):
        Email.objects.create(
            about=f"appointment:{name}",
            kind=kind,
            patient=person(name),
            due_at=now + due * DAY,
            next_try_at=now,
            status=status,
            useless_after=now + 9 * DAY,
        )


def unreachable(cast: Cast) -> None:
    for days, name, fields in (
        (3, "Bounced", {"mail_bounced_at": timezone.now()}),
        (4, "Reached", {}),
    ):
        visit(cast, person(name, **fields), days)
    person("Novisit", mail_bounced_at=timezone.now())


def waiting(cast: Cast) -> None:
    now = timezone.now()
    for number, name in enumerate(("Stopped", "Could", "Member")):
        patient = person(name)
        referral = make_referral(patient=patient, now=now, stops_self_booking=name == "Stopped")
        if name == "Member":
            make_enrollment(patient=patient, referral=referral, now=now)
        wish(patient, now=now - (9 - number) * DAY)


def told(cast: Cast) -> None:
    for days, name in ((-1, "Over"), (0.01, "Late"), (0.2, "Silent")):
        one = visit(cast, person(name), days)
        if name != "Silent":
            one.told, one.told_at = "late", timezone.now()
            one.save()


def unconfirmed(cast: Cast) -> None:
    confirm_by = timezone.now() + timedelta(hours=3)
    visit(cast, person("Unproven"), 3, confirm_by=confirm_by, network_key="x")
    visit(cast, person("Proven"), 4)


def questions(cast: Cast) -> None:
    for number, name in enumerate(("Asked", "Answered", "Silent", "Later", "Gone")):
        patient = person(name)
        days = 3.5 if name == "Later" else 2 + number / 4
        gone = {"status": "cancelled", "cancelled_at": timezone.now()} if name == "Gone" else {}
        visit(cast, patient, days, **gone)
        if name == "Answered":
            make_referral(patient=patient, now=timezone.now())


def clock_law(cast: Cast) -> None:
    """Have one of two visits promised when the clock was an hour behind what it is today."""
    moved = visit(cast, person("Promised"), 5)
    visit(cast, person("Same"), 6)
    Appointment.objects.filter(pk=moved.pk).update(
        promised_start=moved.promised_start - timedelta(hours=1),
        start_offset=moved.start_offset - 3600,
    )


def moved_in(cast: Cast) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(
        status="imported", zone="UTC", made_at=now, imported_at=now, undo_until=now
    )
    for line, (name, status) in enumerate((("Moved", "waits"), ("Made", "made"))):
        ImportRow.objects.create(
            run=run, kind="visits", line=line, status=status, reason="no_room",
            cells={"date": "2027-02-09"}, patient=person(name),
        )  # fmt: skip


CASES: dict[str, tuple[Callable[[Cast], None], list[str]]] = {
    "moved-in": (moved_in, ["Moved"]),
    "questions": (questions, ["Asked", "Silent"]),
    "clock-law": (clock_law, ["Promised"]),
    "to-pay": (to_pay, ["Owes", "Back"]),
    "invited": (invited, ["Waits"]),
    "idle": (idle, ["Idle", "Back"]),
    "no-shows": (no_shows, ["Missed"]),
    "unclosed": (unclosed, ["Open"]),
    "to-move": (to_move, ["Orphan"]),
    "told": (told, ["Late"]),
    "unconfirmed": (unconfirmed, ["Unproven"]),
    "overlaps": (overlaps, ["Over"]),
    "reminders": (reminders, ["Due", "Failed"]),
    "unreachable": (unreachable, ["Bounced"]),
    "waitlist": (waiting, ["Stopped", "Could", "Member"]),
    "waitlist-matches": (waiting, ["Could", "Member"]),
}


def on_screen(page: str) -> list[list[str]]:
    """Return the rows of the table as text."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [
        [unescape(re.sub(r"<[^>]*>", "", one)) for one in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in rows
    ]


def test_every_list_has_a_case() -> None:
    assert set(CASES) == set(LISTS)


@pytest.mark.parametrize("slug", CASES)
def test_the_people_who_belong_on_a_list_are_on_it_and_in_its_file(
    cast: Cast, desk: Client, slug: str
) -> None:
    make, expected = CASES[slug]
    make(cast)
    # Hours around the clock, so that every visit here is within them, whatever the time is now.
    cast.clinician.opening_hours.all().delete()
    cast.clinician.extra_openings.create(
        starts_at=timezone.now() - 99 * DAY, ends_at=timezone.now() + 99 * DAY
    )
    rows = on_screen(desk.get(f"/desk/lists/{slug}/").content.decode())
    assert [row[0] for row in rows] == expected
    file = desk.get(f"/desk/lists/{slug}/file/")
    header, *lines = csv.reader(StringIO(file.content.decode("utf-8-sig")))
    words = [number for number, name in enumerate(header) if not name.endswith(ISO)]
    assert [header[number] for number in words] == [str(name) for name in LISTS[slug].columns]
    # Only the apostrophe before a cell that a spreadsheet would run may differ.
    assert [[line[number].removeprefix("'") for number in words] for line in lines] == rows
    for action in ("see list", "export list"):
        events = AuditEvent.objects.filter(action=action, reason=slug)
        named = Patient.objects.filter(pk__in=list(events.values_list("patient", flat=True)))
        assert {one.name for one in named} == set(expected), action
        assert events.count() == len(expected)
    overview = desk.get("/desk/lists/").context["counted"]
    assert {one.slug: count for one, count in overview}[slug] == len(expected)


@pytest.mark.parametrize("slug", CASES)
def test_a_longer_list_takes_no_more_statements(cast: Cast, desk: Client, slug: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(f"/desk/lists/{slug}/").status_code == 200
        return len(seen)

    statements()
    CASES[slug][0](cast)
    few = statements()
    now = timezone.now()
    for number in range(6):
        patient = person(f"More{number}", mail_bounced_at=now)
        referral = make_referral(patient=patient, now=now)
        if number % 2:
            make_enrollment(patient=patient, referral=referral, now=now - 40 * DAY)
        visit(cast, patient, -10 - number, status="no_show")
        visit(cast, person(f"Open{number}"), -20 - number)
        visit(cast, person(f"Over{number}"), 20 + number, overlap_reason="x")
        wish(patient, now=now)
    assert statements() == few


def test_reminders_are_called_by_their_names_and_say_why_in_words(cast: Cast, desk: Client) -> None:
    reminders(cast)
    Email.objects.filter(status="failed").update(reason="bounced")
    rows = {row[0]: row for row in on_screen(desk.get("/desk/lists/reminders/").content.decode())}
    assert rows["Due"][1] == "Reminder, 1 day"
    assert rows["Failed"][1] == "Reminder, 2 days"
    assert rows["Failed"][4] == words_for("bounced")


def test_the_mails_are_a_file_with_the_rows_of_the_screen(cast: Cast, desk: Client) -> None:
    reminders(cast)
    Email.objects.filter(status="failed").update(reason="bounced")
    rows = on_screen(desk.get("/desk/mail/").content.decode())
    assert len(rows) == 4
    file = desk.get("/desk/mail/file/").content.decode("utf-8-sig")
    header, *lines = csv.reader(StringIO(file))
    words = [number for number, name in enumerate(header) if not name.endswith(ISO)]
    assert [header[number] for number in words] == ["To", "What", "Sent", "Due", "State"]
    assert [[line[number] for number in words] for line in lines] == rows
    assert words_for("bounced") in file
    assert "@" not in file
    for action in ("see list", "export list"):
        events = AuditEvent.objects.filter(action=action, reason="mail")
        assert set(events.values_list("patient", flat=True)) == {
            str(one.patient_id) for one in Email.objects.all()
        }


def test_an_address_that_is_not_a_list_is_not_found(desk: Client) -> None:
    assert desk.get("/desk/lists/everything/").status_code == 404
    assert desk.get("/desk/lists/everything/file/").status_code == 404


def test_the_terms_say_after_how_long_a_package_is_idle(cast: Cast) -> None:
    idle(cast)
    assert [line.cells[0] for line in LISTS["idle"].lines(timezone.now())] == ["Idle", "Back"]
    Policy.objects.create(idle_package_days=31)
    assert not list(LISTS["idle"].lines(timezone.now()))
