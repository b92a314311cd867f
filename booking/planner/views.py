"""The planner's pages: wishes, the proposed times, another time for one visit, holding them all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking.flood_brake.brake import must_prove_first, network_to_count
from booking.online_booking.proving import prove_first_page
from booking.packages.queries import package_of
from booking.packages.spacing import window
from booking.planner.actions import hold_plan
from booking.planner.forms import (
    WishesForm,
    carried_wishes,
    query_of,
    still_free,
    time_value,
    times_in,
)
from booking.planner.page_context import PlannerContext, PlanRow, own_planner
from booking.planner.plan import Plan, alternatives, best_plan
from booking.planner.queries import Planning, planning_of
from booking.reason_text import sentence, sentences
from booking.refusals import JUST_TAKEN, NotOpen, Refused, VisitsTaken
from booking.scheduling.queries import Search
from booking.scheduling.slot_choices import choices, read_day
from clinic.audit.client_address import client_address
from clinic.audit.context import context_of
from clinic.practice.wall_time import clinic_date
from clinic.security.access import patient_only
from clinic.security.rate_limits import is_over
from clinic.security.requests import PatientRequest


@patient_only
@require_safe
def plan(request: PatientRequest) -> HttpResponse:
    """Show the best plan for the patient's wishes, with the times that she chose herself."""
    planner, now = own_planner(request), timezone.now()
    if network_to_count(request, planner.patient):
        package = package_of(planner.patient, now, holder_key=planner.holder_key)
        left = package.left if package else 1
        if must_prove_first(request, holder_key=planner.holder_key, now=now, visits=left):
            return prove_first_page(request, request.get_full_path())
    return plan_page(request, planner, request.GET)


def plan_page(
    request: HttpRequest,
    planner: PlannerContext,
    data: QueryDict,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the plan for the wishes and times in `data`. `problems` say what went wrong."""
    form = WishesForm(data)
    try:
        planning = _planning(planner, form)
    except Refused as refusal:
        return planner.not_open(refusal)
    wanted = times_in(data)
    fixed = still_free(planning.task, wanted)
    best = best_plan(planning.task, fixed)
    # An alternative replaces the whole plan, so there is none once she has chosen a time herself.
    others = {} if wanted else alternatives(planning.task, best)
    shown = others.get(data.get("plan", ""), best)
    lost = [number for number in wanted if number in planning.task.slots and number not in fixed]
    shown_problems = [*problems, *(lost_time_text(number) for number in lost if not problems)]
    rows = _rows(planner, planning, shown, form.clinicians)
    times = [(f"v{row.number}", row.value) for row in rows if row.planned]
    context = {
        "base": planner.base,
        "place": planner,
        "form": form,
        "rows": rows,
        "plan": shown,
        # A booked visit without a time in the plan comes too soon after the one before it.
        "unplanned": [number for number in shown.unplaced if number not in planning.task.booked],
        "too_close": [number for number in shown.unplaced if number in planning.task.booked],
        "missing": sum(bool(one.missed) for one in shown.visits),
        "others": other_plans(data, others, shown),
        "wishes": carried_wishes(data),
        "carried": query_of([*carried_wishes(data), *times]),
        "package": planning.package,
        "policy": planning.package.enrollment.policy,
        "minutes": planning.search.policy.hold_minutes,
        "problems": shown_problems,
        "has_errors": bool(shown_problems or form.errors),
    }
    # The status of a refusal stays.
    status = 422 if form.errors and status == 200 else status
    return render(request, "booking/planner/plan.html", context, status=status)


def _planning(planner: PlannerContext, form: WishesForm) -> Planning:
    form.is_valid()
    return planning_of(
        planner.patient,
        wishes=form.wishes(),
        holder_key=planner.holder_key,
        now=timezone.now(),
        by_staff=planner.by_staff,
    )


def lost_time_text(number: int) -> str:
    """Return the sentence that the time of this visit was lost."""
    words = {"number": number, "reason": sentence(JUST_TAKEN)}
    return _("Visit %(number)s: %(reason)s") % words


def _rows(
    planner: PlannerContext, planning: Planning, shown: Plan, names: Mapping[int, str]
) -> list[PlanRow]:
    planned = {one.number: one for one in shown.visits if not one.is_booked}
    booked = {
        one.number: one.appointment
        for one in planning.package.visits
        if one.number not in planning.task.slots
    }
    reason = sentence(shown.reason) if shown.reason else ""
    return [
        PlanRow(
            number,
            planning.services[number],
            booked=booked.get(number),
            planned=(one := planned.get(number)),
            clinician=names.get(one.slot.clinician_id, "") if one else "",
            has_moved=number in shown.moved,
            # The first visit without a time has the reason; the others wait for it.
            reason=reason if shown.unplaced[:1] == (number,) else "",
            change=planner.change_of(number),
        )
        for number in planning.services
    ]


def other_plans(
    data: QueryDict, others: Mapping[str, Plan], shown: Plan
) -> list[tuple[str, str, date | None]]:
    """Return the other plans as links: name, query and last date; without the one that is shown."""
    words = {
        "soonest_finish": _("Soonest finish"),
        "same_time": _("Same day and time throughout"),
        "same_clinician": _("Same clinician throughout"),
    }
    return [
        (
            words[name],
            query_of([*carried_wishes(data), ("plan", name)]),
            plan.visits[-1].on if plan.visits else None,
        )
        for name, plan in others.items()
        if plan is not shown
    ]


@patient_only
@require_POST
def hold_plan_view(request: PatientRequest) -> HttpResponse:
    """Hold all times of the plan, or only the first, and go on to the page that confirms them."""
    times, planner = times_to_book(request.POST), own_planner(request)
    if not times:
        return plan_page(request, planner, request.POST, problems=[_("Choose a time")], status=422)
    # The same limit as for single holds, and a set counts as one.
    if is_over("hold_sets", client_address(request)):
        return render(request, "booking/online_booking/too_many.html", status=429)
    try:
        held = hold_plan(
            patient=planner.patient,
            times=times,
            holder_key=planner.holder_key,
            context=context_of(request),
            network=network_to_count(request, planner.patient),
        )
    except Refused as refusal:
        return refused_page(request, planner, request.POST, refusal)
    return redirect("plan_confirm", held[0].pk)


def times_to_book(data: QueryDict) -> dict[int, tuple[datetime, int]]:
    """Return the posted times: all of them, or only the first when the form asks for that."""
    times = dict(times_in(data))
    # The first by number: the others count from it.
    return dict(sorted(times.items())[:1]) if data.get("book") == "first" else times


def refused_page(
    request: HttpRequest, planner: PlannerContext, data: QueryDict, refusal: Refused
) -> HttpResponse:
    """Render why the plan was neither held nor booked, with a new plan where one is possible."""
    if isinstance(refusal, VisitsTaken):
        problems = lost_times_texts(refusal)
    elif isinstance(refusal, NotOpen):
        problems = sentences(refusal.reasons)
    else:
        return planner.not_open(refusal)
    return plan_page(request, planner, data, problems=problems, status=409)


def lost_times_texts(refusal: VisitsTaken) -> list[str]:
    """Return a sentence for each visit whose time is gone, with the reason."""
    return [
        _("Visit %(number)s: %(reason)s") % {"number": number, "reason": sentence(reasons[0])}
        for number, reasons in refusal.lost.items()
    ]


@patient_only
@require_safe
def change_planned(request: PatientRequest, visit: int) -> HttpResponse:
    """Show the free times of one visit of the plan; the chosen one goes back into it."""
    return change_page(request, own_planner(request), visit)


def change_page(request: HttpRequest, planner: PlannerContext, visit: int) -> HttpResponse:
    """Render the free times of one visit of the plan."""
    data = request.GET
    form = WishesForm(data)
    try:
        planning = _planning(planner, form)
    except Refused as refusal:
        return planner.not_open(refusal)
    if visit not in planning.task.slots:
        raise Http404
    search = _search_for(request, planning, visit)
    assert search.earliest_on is not None
    today = clinic_date(search.now, settings.CLINIC_TIME_ZONE)
    first_day = min(
        max(read_day(data.get("from")) or search.earliest_on, today), planning.task.last_on
    )
    carried = carried_wishes(data) + [
        (f"v{number}", time_value(*time)) for number, time in sorted(times_in(data).items())
    ]
    offered = choices(
        search,
        first_day=first_day,
        chosen=read_day(data.get("day")),
        names=form.clinicians,
        today=today,
    )
    context = {
        "base": planner.base,
        "place": planner,
        "service": search.service,
        "number": visit,
        "field": f"v{visit}",
        "offered": offered,
        "start": (query_of(carried) or "?") + "&",
        "carried": [pair for pair in carried if pair[0] != f"v{visit}"],
        "query": query_of(carried),
    }
    return render(request, "booking/planner/plan_change.html", context)


def _search_for(request: HttpRequest, planning: Planning, visit: int) -> Search:
    """Return the search for one visit, from its earliest date after the one before in the plan."""
    task = planning.task
    before = still_free(task, times_in(request.GET)).get(visit - 1) or task.booked.get(visit - 1)
    previous_on = clinic_date(before.starts_at, task.zone) if before else task.previous_on
    its_window = window(visit, previous_on=previous_on, rules=task.rules)
    return replace(
        planning.search,
        service=planning.services[visit],
        earliest_on=its_window.earliest,
        latest_on=task.expires_on,
    )
