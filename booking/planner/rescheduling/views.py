"""This visit and all after it: new times for the rest of a package, moved at once or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.access import posted_visits
from booking.models import Appointment
from booking.planner.forms import (
    WishesForm,
    carried_wishes,
    query_of,
    still_free,
    time_value,
    times_in,
)
from booking.planner.plan import Plan, PlannedVisit, alternatives, best_plan
from booking.planner.rescheduling.actions import move_visits
from booking.planner.rescheduling.forms import NotifyForm
from booking.planner.rescheduling.queries import Replanning, earliest_of, replanning_of
from booking.planner.views import lost_visit, other_plans, said_of
from booking.reason_text import sentence, sentences
from booking.refusals import AlreadyChanged, NotOpen, Refused, VisitsTaken
from booking.scheduling.queries import Search
from booking.scheduling.slot_choices import choices, read_day
from booking.scheduling.timetable import Slot
from booking.signals import forms_after
from booking.terms import terms_of
from clinic.audit.context import context_of
from clinic.practice.wall_time import clinic_date
from clinic.security.access import staff_of


@dataclass(frozen=True)
class ReschedulingPages:
    """Where the pages stand: hers, or the desk's, which moves late visits too."""

    base: str
    page: str
    change: str
    back: str
    by_staff: bool


HERS = ReschedulingPages(
    "clinic/web/page.html", "move_following", "change_following", "manage_visit", False
)
DESK = ReschedulingPages(
    "clinic/web/staff_page.html",
    "desk_move_following",
    "desk_change_following",
    "desk_appointment",
    True,
)


@dataclass(frozen=True)
class ReschedulingRow:
    """One visit on the page: with the time it would have, or why it stays."""

    visit: Appointment
    planned: PlannedVisit | None = None
    clinician: str = ""
    is_new: bool = False
    is_let_go: bool = False
    reason: str = ""
    form: str = ""

    @property
    def number(self) -> int:
        return self.visit.visit_number or 0

    @property
    def value(self) -> str:
        """The time as the form carries it."""
        if self.planned is None:
            return ""
        return time_value(self.planned.slot.starts_at, self.planned.slot.clinician_id)


def replan_page(
    request: HttpRequest,
    visit: Appointment,
    place: ReschedulingPages,
    data: QueryDict,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the visits from this one on with the times of `data`, or with those they have."""
    form = WishesForm(data)
    try:
        replanning = _replanning(visit, place, form)
    except Refused as refusal:
        return refused(request, visit, place, refusal)
    wanted, task = times_in(data), replanning.task
    is_first_look = not wanted and "earliest" not in data and "plan" not in data
    kept = replanning.own_times if is_first_look else _kept(replanning, wanted)
    best = best_plan(task, kept)
    others = {} if wanted else alternatives(task, best)
    shown = others.get(data.get("plan", ""), best)
    lost = [number for number in wanted if number in task.slots and number not in kept]
    told = list(problems) or [lost_visit(number) for number in lost]
    rows = _rows(replanning, shown, form.clinicians)
    times = [(f"v{row.number}", row.value) for row in rows if row.planned]
    context = {
        "base": place.base,
        "place": place,
        "visit": visit,
        "form": form,
        "rows": rows,
        "plan": shown,
        "new": sum(row.is_new for row in rows),
        "others": other_plans(data, others, shown),
        "wishes": carried_wishes(data),
        "seen": [f"{row.visit.pk}:{row.visit.rev}" for row in rows],
        "carried": query_of([*carried_wishes(data), *times]),
        "hours": terms_of(visit.policy).late_change_hours,
        "notify": _notify_form(visit, data) if place.by_staff else None,
        "problems": told,
        "has_errors": bool(told or form.errors),
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "booking/planner/rescheduling/replan.html", context, status=status)


def _replanning(visit: Appointment, place: ReschedulingPages, form: WishesForm) -> Replanning:
    form.is_valid()
    wishes, now = form.wishes(), timezone.now()
    return replanning_of(visit, wishes=wishes, now=now, by_staff=place.by_staff)


def _kept(replanning: Replanning, wanted: Mapping[int, tuple[datetime, int]]) -> dict[int, Slot]:
    """The times a page carries that can be had; a visit's own time always can."""
    own = {
        number: slot
        for number, slot in replanning.own_times.items()
        if wanted.get(number) == (slot.starts_at, slot.clinician_id)
    }
    return {**still_free(replanning.task, wanted), **own}


def refused(
    request: HttpRequest, visit: Appointment, place: ReschedulingPages, refusal: Refused
) -> HttpResponse:
    """Say why nothing can be moved, with the way back to the visit."""
    context = {
        "base": place.base,
        "place": place,
        "visit": visit,
        "reasons": sentences(refusal.reasons),
        "is_changed": isinstance(refusal, AlreadyChanged),
    }
    return render(request, "booking/planner/rescheduling/refused.html", context, status=409)


def _rows(replanning: Replanning, shown: Plan, names: Mapping[int, str]) -> list[ReschedulingRow]:
    planned = {one.number: one for one in shown.visits if not one.is_booked}
    reason = sentence(shown.reason) if shown.reason else ""
    rows = []
    for number, visit in replanning.visits.items():
        one = planned.get(number)
        if one is None:
            rows.append(ReschedulingRow(visit, reason=_why_it_stays(replanning, number) or reason))
            continue
        is_new = (one.slot.starts_at, one.slot.clinician_id) != (
            visit.starts_at,
            visit.clinician_id,
        )
        rows.append(
            ReschedulingRow(
                visit,
                one,
                names.get(one.slot.clinician_id, visit.clinician.name),
                is_new=is_new,
                is_let_go=is_new and number in shown.moved,
            )
        )
    return _with_forms(rows)


def _with_forms(rows: Sequence[ReschedulingRow]) -> list[ReschedulingRow]:
    """Say of each visit that would move what becomes of a form sent ahead of it."""
    moves = {row.visit: row.planned.slot.starts_at for row in rows if row.planned and row.is_new}
    forms = forms_after(moves, timezone.now())
    return [replace(row, form=forms.get(row.visit.pk, "")) for row in rows]


def _why_it_stays(replanning: Replanning, number: int) -> str:
    if number in replanning.too_late:
        return _("It is too late to move this visit online. Please call us.")
    if number in replanning.waiting:
        missing = {"missing": replanning.task.last + 1}
        return _("It stays as it is: visit %(missing)s has no time yet.") % missing
    return ""


def _notify_form(visit: Appointment, data: QueryDict) -> NotifyForm:
    return NotifyForm(patient=visit.patient, initial={"notify": data.get("notify", "y")})


def move_all(
    request: HttpRequest, visit: Appointment, place: ReschedulingPages
) -> HttpResponse | list[Appointment]:
    """Move the visits to the posted times; return them, or the page that says why not."""
    try:
        return move_visits(
            appointment_id=visit.pk,
            seen=posted_visits(request),
            times=times_in(request.POST),
            context=context_of(request),
            staff=staff_of(request) if place.by_staff else None,
            tell_patient=request.POST.get("notify") != "n" or not place.by_staff,
        )
    except VisitsTaken as refusal:
        problems = said_of(refusal)
    except NotOpen as refusal:
        problems = sentences(refusal.reasons)
    except Refused as refusal:
        return refused(request, visit, place, refusal)
    return replan_page(request, visit, place, request.POST, problems=problems, status=409)


def change_page(
    request: HttpRequest, visit: Appointment, place: ReschedulingPages, number: int
) -> HttpResponse:
    """Show the free times of one of the visits; the chosen one goes back to the page."""
    data = request.GET
    form = WishesForm(data)
    try:
        replanning = _replanning(visit, place, form)
    except Refused as refusal:
        return refused(request, visit, place, refusal)
    if number not in replanning.task.slots:
        raise Http404
    search = _search_of(replanning, number, data)
    assert search.earliest_on is not None
    today = clinic_date(search.now, settings.CLINIC_TIME_ZONE)
    first: date = max(read_day(data.get("from")) or search.earliest_on, today)
    carried = carried_wishes(data) + [
        (f"v{n}", time_value(*time)) for n, time in sorted(times_in(data).items())
    ]
    offered = choices(
        search,
        first_day=min(first, replanning.task.last_on),
        chosen=read_day(data.get("day")),
        names=form.clinicians,
        today=today,
    )
    context = {
        "base": place.base,
        "place": place,
        "visit": visit,
        "moving": replanning.visits[number],
        "service": search.service,
        "number": number,
        "field": f"v{number}",
        "offered": offered,
        "carried": [pair for pair in carried if pair[0] != f"v{number}"],
        "query": query_of(carried),
        "start": (query_of(carried) or "?") + "&",
    }
    return render(request, "booking/planner/rescheduling/change.html", context)


def _search_of(replanning: Replanning, number: int, data: QueryDict) -> Search:
    """The times of one visit, from its earliest date after the visit before it on the page."""
    planned = {**replanning.own_times, **_kept(replanning, times_in(data))}
    return replace(
        replanning.search,
        service=replanning.visits[number].service,
        earliest_on=earliest_of(replanning, number, planned),
        latest_on=replanning.task.expires_on,
    )
