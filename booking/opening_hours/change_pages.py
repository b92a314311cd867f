"""The page that shows what a change of hours would do to booked visits, before it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.changes import cancel_appointment
from booking.opening_hours import actions as hours
from booking.opening_hours.conflicts import hours_conflicts
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of
from clinic.models.people import Clinician
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.form_fields import SeenForm, hidden


@dataclass(frozen=True)
class Change:
    """One change that somebody asked for: its title, the action, and the address to go back to.

    `clinician` is whose visits it concerns, None for those of all clinicians.
    """

    title: str
    action: Callable[[], object]
    back: str
    clinician: Clinician | None
    is_own: bool = False


def change_page(
    request: HttpRequest,
    form: forms.Form,
    change: Change,
    *,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Ask for a change, show what it would do, and do it once somebody confirmed that.

    The three steps share one address. `edit` in a POST goes back to the form, `confirmed` does it.
    """
    shown = {"form": form, "change": change, **(context or {})}
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        status = 422 if form.errors else 200
        shown["has_errors"] = bool(form.errors)
        return render(request, "booking/opening_hours/change.html", shown, status=status)
    clinician_id = change.clinician.pk if change.clinician else None
    try:
        if "confirmed" not in request.POST:
            impact = hours.foresee(change.action, now=timezone.now(), clinician_id=clinician_id)
            shown |= {"impact": impact, "hidden": hidden(form)}
            return render(request, "booking/opening_hours/impact.html", shown)
        return _do(request, change)
    except Refused as refusal:
        if isinstance(form, SeenForm):
            form.show_again()
            shown["stands"] = form.stands()
        shown["problems"] = sentences(refusal.reasons)
        return render(request, "booking/opening_hours/change.html", shown, status=409)


def _do(request: HttpRequest, change: Change) -> HttpResponse:
    """Make the change once, then apply what was chosen for each visit."""

    def action() -> str:
        change.action()
        return change.back

    try:
        following = once(request, request.path, actor_of(request).id, action)
    except SentWithOtherContent:
        return render(request, "clinic/security/403_form.html", status=409)
    # After the change is committed: a choice that is refused does not take the change back.
    left = _apply_choices(request, change)
    messages.success(request, _("The hours are changed."))
    if left:
        words = ngettext(
            "%(n)s visit waits on the work list to be moved.",
            "%(n)s visits wait on the work list to be moved.",
            left,
        )
        messages.info(request, words % {"n": left})
    return redirect(following)


def _apply_choices(request: HttpRequest, change: Change) -> int:
    """Allow or cancel each visit as chosen on the page; return how many wait to be moved.

    Each is an action of its own, on the revision that the page showed. A visit that somebody
    changed meanwhile is left alone and stays on the work list, and so does every visit without a
    choice.
    """
    # Read again: the change is in force now, and other visits may have been booked meanwhile.
    now, left = timezone.now(), 0
    clinician_id = change.clinician.pk if change.clinician else None
    for one in hours_conflicts(now, clinician_id=clinician_id):
        # "keep:3" or "cancel:3": what to do, and the revision.
        chosen = request.POST.get(f"visit-{one.visit.pk}", "")
        what, _sep, rev = chosen.partition(":")
        try:
            if what == "keep" and rev.isdecimal():
                hours.allow_outside_hours(
                    appointment_id=one.visit.pk, rev=_number(rev), actor=actor_of(request)
                )
            # Never from a clinician's own pages, even if somebody posts it there.
            elif what == "cancel" and rev.isdecimal() and not change.is_own:
                _cancel(request, one.visit.pk, _number(rev))
            # What staff allowed before does not wait for anybody.
            elif not one.is_kept:
                left += 1
        except Refused:
            left += 1
    return left


def _number(rev: str) -> int:
    """Return the revision, or -1, which no row has, for digits that are none of ours."""
    return int(rev) if rev.isascii() and len(rev) < 9 else -1


def _cancel(request: HttpRequest, appointment_id: UUID, rev: int) -> None:
    """Cancel the visit for the clinic, which costs the patient nothing."""
    cancel_appointment(
        appointment_id=appointment_id,
        rev=rev,
        context=context_of(request),
        by_clinic=True,
        reason="hours changed",
    )
