"""Pages that move a visit and all after it at once, shared by the patient and the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.access import posted_visits
from booking.models import Appointment, Service
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
from booking.planner.views import lost_time_text, lost_times_texts, other_plans
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
    """The base template and URL names of these pages, for the patient or for the desk.

    `by_staff` pages may move late visits, and ask whether to mail the patient.
    """

    base: str
    page: str
    change: str
    back: str
    by_staff: bool


PATIENT_PAGES = ReschedulingPages(
    "clinic/web/page.html", "move_following", "change_following", "manage_visit", False
)
DESK_PAGES = ReschedulingPages(
    "clinic/web/staff_page.html",
    "desk_move_following",
    "desk_change_following",
    "desk_appointment",
    True,
)


@dataclass(frozen=True)
class ReschedulingRow:
    """One visit on the page, with the time it would get, or the reason why it stays.

    `is_new` means that this is not the time it has now, `is_let_go` that the spacing did not allow
    the time it was to have. `form` says what happens to a form that was sent before the visit.
    """

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
    def service(self) -> Service:
        """What the visit is, for the lines that plan and rescheduling share."""
        return self.visit.service

    @property
    def value(self) -> str:
        """The planned time as the form carries it, empty without one."""
        if self.planned is None:
            return ""
        return time_value(self.planned.slot.starts_at, self.planned.slot.clinician_id)


def replan_page(
    request: HttpRequest,
    visit: Appointment,
    pages: ReschedulingPages,
    data: QueryDict,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the visits from this one on, with the times in `data` or with those they have."""
    form = WishesForm(data)
    try:
        replanning = _replanning(visit, pages, form)
    except Refused as refusal:
        return refused(request, visit, pages, refusal)
    wanted, task = times_in(data), replanning.task
    # At first, every visit is shown at its own time as far as the spacing allows. Once she has sent
    # her wishes or asked for another plan, only the times she chose are fixed.
    is_first_look = not wanted and "earliest" not in data and "plan" not in data
    fixed = replanning.own_times if is_first_look else _fixed(replanning, wanted)
    best = best_plan(task, fixed)
    others = {} if wanted else alternatives(task, best)
    # An unknown name shows the best plan.
    shown = others.get(data.get("plan", ""), best)
    lost = [number for number in wanted if number in task.slots and number not in fixed]
    shown_problems = list(problems) or [lost_time_text(number) for number in lost]
    rows = _rows(replanning, shown, form.clinicians)
    times = [(f"v{row.number}", row.value) for row in rows if row.planned]
    context = {
        "base": pages.base,
        "place": pages,
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
        "notify": _notify_form(visit, data) if pages.by_staff else None,
        "problems": shown_problems,
        "has_errors": bool(shown_problems or form.errors),
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "booking/planner/rescheduling/replan.html", context, status=status)


def _replanning(visit: Appointment, pages: ReschedulingPages, form: WishesForm) -> Replanning:
    form.is_valid()
    wishes, now = form.wishes(), timezone.now()
    return replanning_of(visit, wishes=wishes, now=now, by_staff=pages.by_staff)


def _fixed(replanning: Replanning, wanted: Mapping[int, tuple[datetime, int]]) -> dict[int, Slot]:
    """Return the times carried by the page that are free; a visit's own time always is."""
    # Its own time may be too soon or outside of the hours by now, and then it is no free slot.
    own = {
        number: slot
        for number, slot in replanning.own_times.items()
        if wanted.get(number) == (slot.starts_at, slot.clinician_id)
    }
    return {**still_free(replanning.task, wanted), **own}


def refused(
    request: HttpRequest, visit: Appointment, pages: ReschedulingPages, refusal: Refused
) -> HttpResponse:
    """Render why nothing can be moved, with the way back to the visit."""
    context = {
        "base": pages.base,
        "place": pages,
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
            # Neither too late nor behind a gap: then the plan says what it found no time for.
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
    """Return the rows, each that would move with what happens to the form sent before its visit."""
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
    request: HttpRequest, visit: Appointment, pages: ReschedulingPages
) -> HttpResponse | list[Appointment]:
    """Move the visits to the posted times; return them, or the page that says why not."""
    try:
        return move_visits(
            appointment_id=visit.pk,
            seen=posted_visits(request),
            times=times_in(request.POST),
            context=context_of(request),
            staff=staff_of(request) if pages.by_staff else None,
            # Only the desk may choose that no mail is sent.
            tell_patient=request.POST.get("notify") != "n" or not pages.by_staff,
        )
    # The kinds of Refused before Refused itself: these two leave something to choose.
    except VisitsTaken as refusal:
        problems = lost_times_texts(refusal)
    except NotOpen as refusal:
        problems = sentences(refusal.reasons)
    except Refused as refusal:
        return refused(request, visit, pages, refusal)
    return replan_page(request, visit, pages, request.POST, problems=problems, status=409)


def change_page(
    request: HttpRequest, visit: Appointment, pages: ReschedulingPages, number: int
) -> HttpResponse:
    """Render the free times of one of the visits; the chosen one goes back to the first page."""
    data = request.GET
    form = WishesForm(data)
    try:
        replanning = _replanning(visit, pages, form)
    except Refused as refusal:
        return refused(request, visit, pages, refusal)
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
        # Within the horizon, whatever day the address asks for.
        first_day=min(first, replanning.task.last_on),
        chosen=read_day(data.get("day")),
        names=form.clinicians,
        today=today,
    )
    context = {
        "base": pages.base,
        "place": pages,
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
    """Return the search for one visit, from its earliest date after the one before on the page."""
    # The times on the page count before those the visits have now.
    planned = {**replanning.own_times, **_fixed(replanning, times_in(data))}
    return replace(
        replanning.search,
        service=replanning.visits[number].service,
        earliest_on=earliest_of(replanning, number, planned),
        latest_on=replanning.task.expires_on,
    )
