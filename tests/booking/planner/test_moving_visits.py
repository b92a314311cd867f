"""Moving a visit and all after it at once: all or none, one mail, each within its limit."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, LedgerEntry
from booking.planner.actions import Times, confirm_plan, hold_plan
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import planning_of
from booking.planner.rescheduling.actions import move_visits
from booking.planner.rescheduling.queries import replanning_of
from booking.refusals import AlreadyChanged, NotOpen, Refused, VisitsTaken
from booking.scheduling.slot_choices import read_choice
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.outbox import KINDS
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    make_referral(patient=cast.other_patient)
    return cast


@pytest.fixture
def six(cast: Cast) -> list[Appointment]:
    """Book all six visits, from two days from now on."""
    wishes = PlanWishes(earliest_on=(NOW + 2 * DAY).date())
    planned = planning_of(cast.patient, wishes=wishes, holder_key="k", now=NOW)
    held = hold_plan(
        patient=cast.patient,
        times={n: (s.starts_at, s.clinician_id) for n, s in best_plan(planned.task).slots.items()},
        holder_key="k", context=Context(SYSTEM, NOW),
    )  # fmt: skip
    ids = [one.pk for one in held]
    booked = confirm_plan(
        appointment_ids=ids, holder_key="k", exam_wish="", context=Context(SYSTEM, NOW)
    )
    Email.objects.filter(kind="plan").update(status="sent", sent_at=NOW)
    return booked


def rows() -> dict[int, Appointment]:
    return {row.visit_number or 0: row for row in Appointment.objects.filter(status="booked")}


def shifted(six: list[Appointment], days: int, numbers: range = range(2, 7)) -> Times:
    return {n: (six[n - 1].starts_at + days * DAY, six[n - 1].clinician_id) for n in numbers}


def seen(visits: list[Appointment]) -> dict:
    return {one.pk: one.rev for one in visits}


def move(six: list[Appointment], times: Times, *, now: datetime = NOW, **more):
    return move_visits(
        appointment_id=six[1].pk,
        seen=seen(six[1:]),
        times=times,
        context=Context(SYSTEM, now),
        **more,
    )


def take(cast: Cast, starts_at: datetime) -> None:
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=starts_at,
        clinician_id=cast.clinician.pk, staff=cast.manager, context=Context(SYSTEM, NOW),
    )  # fmt: skip


def test_five_visits_move_into_each_others_old_times_with_one_mail(
    cast: Cast, six: list[Appointment]
) -> None:
    # A week later: visit 3 comes to where visit 4 still is, and visit 2 to where 3 is.
    assert six[2].starts_at == six[1].starts_at + 7 * DAY
    ledger = list(LedgerEntry.objects.values_list("pk", flat=True))
    moved = move(six, shifted(six, 7))
    assert [one.visit_number for one in moved] == [2, 3, 4, 5, 6]
    now_at = rows()
    assert now_at[1].starts_at == six[0].starts_at
    for number in range(2, 7):
        assert now_at[number].pk == six[number - 1].pk
        assert now_at[number].starts_at == six[number - 1].starts_at + 7 * DAY
        assert (now_at[number].rev, now_at[number].cycle) == (1, 0)
    assert list(LedgerEntry.objects.values_list("pk", flat=True)) == ledger
    assert AuditEvent.objects.filter(action="move").count() == 5

    waiting = Email.objects.filter(status="due")
    assert [one.kind for one in waiting.exclude(kind__startswith="reminder")] == ["plan_moved"]
    assert waiting.filter(kind="reminder_48h", rev=1).count() == 5
    assert (
        not waiting.filter(kind__startswith="reminder", rev=0)
        .exclude(about=f"appointment:{six[0].pk}")
        .exists()
    )
    email = waiting.get(kind="plan_moved")
    assert KINDS["plan_moved"].still_due(email, NOW) is None
    message = KINDS["plan_moved"].render(email)
    assert "new times" in message.subject
    for number in range(1, 7):
        assert f"Appointment {number} of 6" in message.text
    events = Calendar.from_ical(message.attachments[0].content).walk("VEVENT")
    assert [str(one["uid"]).partition("@")[0] for one in events] == [str(one.pk) for one in six]
    assert [one["sequence"] for one in events] == [0, 1, 1, 1, 1, 1]


def test_a_second_change_before_the_mail_goes_sends_one_mail(six: list[Appointment]) -> None:
    move(six, shifted(six, 7))
    again = [row for number, row in sorted(rows().items()) if number >= 2]
    move_visits(
        appointment_id=six[1].pk,
        seen=seen(again),
        times=shifted(six, 14),
        context=Context(SYSTEM, NOW),
    )
    assert Email.objects.filter(kind="plan_moved", status="due").count() == 1


def test_a_time_somebody_took_moves_none_and_is_named(cast: Cast, six: list[Appointment]) -> None:
    times = shifted(six, 7)
    take(cast, times[6][0])
    with pytest.raises(VisitsTaken) as refusal:
        move(six, times)
    assert set(refusal.value.lost) == {6}
    assert [rows()[one.visit_number].starts_at for one in six] == [one.starts_at for one in six]
    assert not AuditEvent.objects.filter(action="move").exists()
    assert not Email.objects.filter(kind="plan_moved").exists()


def test_one_changed_meanwhile_or_left_out_of_the_page_moves_none(six: list[Appointment]) -> None:
    Appointment.objects.filter(pk=six[4].pk).update(rev=1)
    with pytest.raises(AlreadyChanged):
        move(six, shifted(six, 7))
    with pytest.raises(AlreadyChanged):
        move_visits(
            appointment_id=six[1].pk, seen=seen(six[1:4]), times={}, context=Context(SYSTEM, NOW)
        )
    assert {row.starts_at for row in rows().values()} == {one.starts_at for one in six}


def test_a_time_against_the_spacing_moves_none(six: list[Appointment]) -> None:
    close = six[2].starts_at + DAY
    times = shifted(six, 0) | {2: (six[2].starts_at, six[1].clinician_id)}
    with pytest.raises(NotOpen):
        move(six, times | {3: (close, six[2].clinician_id)})
    assert {row.rev for row in rows().values()} == {0}


def test_one_moved_visit_has_the_usual_mail_and_none_has_no_mail(six: list[Appointment]) -> None:
    assert move(six, shifted(six, 0)) == []
    assert not Email.objects.filter(kind__in=("moved", "plan_moved")).exists()
    move(six, {**shifted(six, 0), 6: (six[5].starts_at + DAY, six[5].clinician_id)})
    assert Email.objects.filter(kind="moved").count() == 1
    assert not Email.objects.filter(kind="plan_moved").exists()


def test_a_patient_leaves_a_late_visit_and_staff_need_not(cast: Cast, six: list[Appointment]):
    late = six[1].starts_at - timedelta(hours=3)
    visit = Appointment.objects.select_related("enrollment__policy", "patient").get(pk=six[1].pk)
    found = replanning_of(visit, wishes=PlanWishes(), now=late)
    assert found.too_late == (2,)
    assert list(found.movable) == [3, 4, 5, 6]
    with pytest.raises(Refused):
        move(six, shifted(six, 7), now=late)
    assert [one.visit_number for one in move(six, shifted(six, 7, range(3, 7)), now=late)] == [
        3, 4, 5, 6,
    ]  # fmt: skip
    after = [row for number, row in sorted(rows().items()) if number >= 2]
    moved = move_visits(
        appointment_id=six[1].pk, seen=seen(after), times=shifted(six, 1, range(2, 3)),
        context=Context(SYSTEM, late), staff=cast.manager, tell_patient=False,
    )  # fmt: skip
    assert [one.visit_number for one in moved] == [2]


# --- The pages ----------------------------------------------------------------------------------


def form_of(page) -> dict:
    context = page.context
    times = {f"v{row.number}": row.value for row in context["rows"] if row.planned}
    return {**times, "visits": context["seen"]}


def path(visit: Appointment) -> str:
    return f"/book/visit/{visit.pk}/following/"


@pytest.fixture
def she(cast: Cast) -> Client:
    with time_machine.travel(NOW, tick=False):
        return client_for(cast.patient.user)


def test_a_move_too_close_to_the_next_names_it_and_offers_times_that_fit(
    cast: Cast, six: list[Appointment], she: Client
) -> None:
    with time_machine.travel(NOW, tick=False):
        later = six[1].starts_at + 2 * DAY
        value = f"{later:%Y-%m-%dT%H:%MZ}|{six[1].clinician_id}"
        moved = she.post(f"/book/visit/{six[1].pk}/move/", {"rev": 0, "slot": value})
        assert moved.status_code == 302
        page = she.get(moved["Location"])
        assert [visit.visit_number for visit, _ in page.context["misplaced"]] == [3]
        assert f'href="{path(six[1])}"' in page.content.decode()
        offered = she.get(path(six[1]))
        rows_shown = {row.number: row for row in offered.context["rows"]}
        # Visit 2 stays where she put it; those that stood in each other's way get new times.
        assert not rows_shown[2].is_new
        assert rows_shown[3].is_let_go
        assert offered.context["new"] == sum(row.is_new for row in rows_shown.values())
        assert she.post(path(six[1]), form_of(offered)).status_code == 302
        assert she.get(f"/book/visit/{six[1].pk}/").context["misplaced"] == []
    assert rows()[2].starts_at == later
    assert rows()[3].starts_at >= later + 7 * DAY


def test_all_are_planned_by_her_wishes_and_one_lost_time_is_planned_again(
    cast: Cast, six: list[Appointment], she: Client
) -> None:
    with time_machine.travel(NOW, tick=False):
        first_look = she.get(path(six[1]))
        assert first_look.context["new"] == 0
        assert "Move these" not in first_look.content.decode()
        assert first_look.content.decode().count("60 minutes with") == 5
        wishes = {"earliest": f"{six[1].starts_at + 14 * DAY:%Y-%m-%d}", "clinician": ""}
        planned = she.get(path(six[1]), wishes)
        assert planned.context["new"] == 5
        form = {**form_of(planned), "earliest": wishes["earliest"]}
        starts_at, _ = read_choice(form["v6"])
        take(cast, starts_at)
        answer = she.post(path(six[1]), form)
        assert answer.status_code == 409
        assert "Visit 6: This time is taken." in answer.content.decode()
        again = form_of(answer)
        assert {name for name in again if again[name] != form[name]} == {"v6"}
        assert {row.rev for row in rows().values()} == {0}
        assert she.post(path(six[1]), again).status_code == 302
    assert [rows()[number].rev for number in range(1, 7)] == [0, 1, 1, 1, 1, 1]
    assert rows()[2].starts_at >= six[1].starts_at + 14 * DAY


def test_one_visit_is_changed_on_its_own_page_and_nothing_else_moves(
    six: list[Appointment], she: Client
) -> None:
    with time_machine.travel(NOW, tick=False):
        query = she.get(path(six[1])).context["carried"]
        change = she.get(f"{path(six[1])}6/{query}")
        choice = change.context["offered"].parts[0][1] or change.context["offered"].parts[1][1]
        page = she.get(path(six[1]), {**dict(change.context["carried"]), "v6": choice[-1].value})
        assert {row.number for row in page.context["rows"] if row.is_new} == {6}
        assert she.get(f"{path(six[1])}1/").status_code == 404
        assert she.get(f"{path(six[1])}9/").status_code == 404


def test_a_late_visit_and_one_behind_a_gap_are_said_to_stay(
    cast: Cast, six: list[Appointment]
) -> None:
    Appointment.objects.filter(pk=six[3].pk).update(status="cancelled", cancelled_at=NOW)
    with time_machine.travel(six[1].starts_at - timedelta(hours=3), tick=False):
        she = client_for(cast.patient.user)
        page = she.get(path(six[1]))
        text = page.content.decode()
        assert "It is too late to move this visit online" in text
        assert text.count("visit 4 has no time yet") == 2
        assert [row.number for row in page.context["rows"] if row.planned] == [3]
        after_gap = she.get(path(six[4]))
        assert after_gap.status_code == 409
        assert "Please book visit 4 first" in after_gap.content.decode()
        stale = she.post(path(six[1]), {**form_of(page), "visits": ["x"]})
        assert stale.status_code == 409
        assert "Somebody changed one of them" in stale.content.decode()


def test_the_desk_moves_all_after_it_without_a_mail(cast: Cast, six: list[Appointment]) -> None:
    with time_machine.travel(NOW, tick=False):
        desk, page = client_for(cast.manager), f"/desk/appointment/{six[2].pk}/following/"
        wishes = {"earliest": f"{six[2].starts_at + 7 * DAY:%Y-%m-%d}", "clinician": ""}
        planned = desk.get(page, wishes)
        assert planned.status_code == 200
        answer = desk.post(page, {**form_of(planned), "notify": "n"})
        assert answer["Location"] == f"/desk/appointment/{six[2].pk}/"
        assert desk.get(f"{page}4/").status_code == 200
    assert [rows()[number].rev for number in range(1, 7)] == [0, 0, 1, 1, 1, 1]
    assert not Email.objects.filter(kind="plan_moved").exists()
    assert Email.objects.filter(kind="reminder_24h", status="due", rev=1).count() == 4


def test_the_page_costs_the_same_for_any_number_of_clinicians(
    six: list[Appointment], she: Client
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            assert she.get(path(six[1])).status_code == 200
        skipped = ("SAVEPOINT", "RELEASE", "clinic_storedsession", "clinic_user", "audit")
        return sum(not any(word in one["sql"] for word in skipped) for one in found)

    with time_machine.travel(NOW, tick=False):
        few = statements()
        for number in range(4):
            make_clinician(email=f"more{number}@example.test")
        assert statements() == few
    assert few <= 19
