"""One package at the desk: its ledger, its payments with a receipt, its last day, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from booking.billing import actions as settling
from booking.billing import forms as settling_forms
from booking.billing.queries import DeskPackage, desk_package
from booking.models import Appointment, Enrollment, LedgerEntry
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.record import actor_of, record
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.templatetags.look import in_full


@dataclass(frozen=True)
class Act:
    """A form of the page and the deed behind it."""

    form: Callable[..., forms.Form]
    deed: Callable[..., Any]


_ACTS = {
    "pay": Act(settling_forms.PayForm, settling.record_payment),
    "refund": Act(settling_forms.RefundForm, settling.record_refund),
    "days": Act(settling_forms.DaysForm, settling.add_days),
    "adjust": Act(settling_forms.AdjustForm, settling.adjust_credits),
    "end": Act(settling_forms.EndForm, settling.end_package),
    "forgive": Act(settling_forms.ForgiveForm, settling.forgive_visit),
}


@desk_only
@require_safe
def package(request: HttpRequest, enrollment_id: UUID) -> HttpResponse:
    """Show one package, under way or ended."""
    enrollment = enrollment_of(enrollment_id)
    record(actor_of(request), "see package", enrollment, patient=enrollment.patient)
    return package_page(request, enrollment)


@desk_only
@require_safe
def receipt(request: HttpRequest, enrollment_id: UUID) -> HttpResponse:
    """Show what was paid for a package, to be printed."""
    enrollment = enrollment_of(enrollment_id)
    record(actor_of(request), "print receipt", enrollment, patient=enrollment.patient)
    context = {
        "package": desk_package(enrollment, timezone.now()),
        "address": settings.CLINIC_ADDRESS,
    }
    return render(request, "booking/desk/receipt.html", context)


@desk_only
@require_POST
def act(request: HttpRequest, enrollment_id: UUID, act: str) -> HttpResponse:
    """Record a payment, move the last day, correct credits, forgive a visit or end the package."""
    enrollment = enrollment_of(enrollment_id)
    if act not in _ACTS:
        raise Http404
    form = _ACTS[act].form(request.POST, prefix=act)
    if not form.is_valid():
        return package_page(request, enrollment, sent={act: form}, status=422)
    try:
        return redirect(
            once(
                request,
                f"package {act}",
                f"user:{request.user.pk}",
                _deed(request, enrollment, act, form),
            )
        )
    except SentWithOtherContent:
        return redirect("desk_package", enrollment.pk)
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        fresh = enrollment_of(enrollment_id)
        return package_page(request, fresh, sent={act: form}, problems=problems, status=409)


def _deed(request: HttpRequest, enrollment: Enrollment, act: str, form: Any) -> Callable[[], str]:
    about = {} if act == "forgive" else {"enrollment_id": enrollment.pk}
    wanted = _completed(enrollment, form.wanted())

    def deed() -> str:
        _ACTS[act].deed(**about, **wanted, now=timezone.now(), actor=actor_of(request))
        return reverse("desk_package", args=[enrollment.pk])

    return deed


def _completed(enrollment: Enrollment, wanted: dict[str, Any]) -> dict[str, Any]:
    """A visit must be this package's own; an extension is dated today."""
    visit = wanted.get("appointment_id")
    if visit is not None:
        get_object_or_404(Appointment, pk=visit, enrollment=enrollment)
    if "starts_on" in wanted and wanted["starts_on"] is None:
        wanted["starts_on"] = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    return wanted


def enrollment_of(enrollment_id: UUID) -> Enrollment:
    """Return the package with whose it is. Raises Http404."""
    rows = Enrollment.objects.select_related("patient", "policy", "referral")
    return get_object_or_404(rows, pk=enrollment_id)


def package_page(
    request: HttpRequest,
    enrollment: Enrollment,
    *,
    sent: dict[str, Any] | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the package; `sent` is the form that was refused, by what it does."""
    shown = desk_package(enrollment, timezone.now())
    made = {**_fresh_forms(shown), **_with_seen(sent or {}, shown)}
    made["forgive"].fields["appointment"].widget.choices = [
        (row.entry.appointment_id, _visit_in_words(row.entry))
        for row in shown.rows
        if row.may_forgive
    ]
    context = {
        "package": shown,
        "forms": made,
        "form": next(iter((sent or {}).values()), None),
        "problems": problems or [],
        "has_errors": status != 200,
        "may_forgive": any(row.may_forgive for row in shown.rows),
        "is_live": enrollment.ended_at is None,
    }
    return render(request, "booking/desk/package.html", context, status=status)


def _visit_in_words(entry: LedgerEntry) -> str:
    visit = entry.appointment
    return f"{visit.service.name}, {in_full(visit.starts_at)}" if visit is not None else ""


def _fresh_forms(shown: DeskPackage) -> dict[str, Any]:
    amounts = {"pay": shown.due / 100, "refund": shown.refund / 100}
    made = {}
    for name, one in _ACTS.items():
        amount = f"{amounts[name]:.2f}" if amounts.get(name) else None
        made[name] = one.form(prefix=name, initial={"seen": shown.version, "amount": amount})
    return made


def _with_seen(sent: dict[str, Any], shown: DeskPackage) -> dict[str, Any]:
    """What was typed stays; a second try speaks of the package as it is shown now."""
    for name, form in sent.items():
        form.data = form.data.copy()
        form.data[f"{name}-seen"] = str(shown.version)
    return sent
