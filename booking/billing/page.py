"""Render the desk's page of one package, with all forms on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.billing import actions
from booking.billing import forms as billing_forms
from booking.billing.queries import DeskPackage, desk_package
from booking.models import Enrollment, LedgerEntry
from clinic.messages.history import history_of
from clinic.templatetags.look import in_full


@dataclass(frozen=True)
class PageForm:
    """One form on the page, and the action behind it."""

    form: Callable[..., forms.Form]
    action: Callable[..., Any]


# By the last part of the address that each form posts to; also its prefix on the page.
PAGE_FORMS = {
    "pay": PageForm(billing_forms.PayForm, actions.record_payment),
    "refund": PageForm(billing_forms.RefundForm, actions.record_refund),
    "days": PageForm(billing_forms.DaysForm, actions.add_days),
    "adjust": PageForm(billing_forms.AdjustForm, actions.adjust_credits),
    "end": PageForm(billing_forms.EndForm, actions.end_package),
    "forgive": PageForm(billing_forms.ForgiveForm, actions.forgive_visit),
}


def package_page(
    request: HttpRequest,
    enrollment: Enrollment,
    *,
    sent: dict[str, Any] | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of this package.

    `sent` has the form that was refused, under its name in PAGE_FORMS, so that it is shown with
    what was typed; `problems` say what went wrong.
    """
    shown = desk_package(enrollment, timezone.now())
    made = {**_fresh_forms(shown), **_with_seen(sent or {}, shown)}
    # Only the choices of the widget: the field takes any id, and the action checks it under locks.
    made["forgive"].fields["appointment"].widget.choices = [
        (row.entry.appointment_id, _visit_in_words(row.entry))
        for row in shown.rows
        if row.may_forgive
    ]
    context = {
        "package": shown,
        "history": history_of(enrollment, *shown.payments, mails=[f"package:{enrollment.pk}"]),
        "forms": made,
        "form": next(iter((sent or {}).values()), None),
        "problems": problems or [],
        "has_errors": status != 200,
        "may_forgive": any(row.may_forgive for row in shown.rows),
        "is_live": enrollment.ended_at is None,
    }
    return render(request, "booking/billing/package.html", context, status=status)


def _visit_in_words(entry: LedgerEntry) -> str:
    visit = entry.appointment
    return f"{visit.service.name}, {in_full(visit.starts_at)}" if visit is not None else ""


def _fresh_forms(shown: DeskPackage) -> dict[str, Any]:
    """Return all forms of the page, with the amounts that are still to pay or to refund."""
    amounts = {"pay": shown.due / 100, "refund": shown.refund / 100}
    made = {}
    for name, one in PAGE_FORMS.items():
        amount = f"{amounts[name]:.2f}" if amounts.get(name) else None
        made[name] = one.form(prefix=name, initial={"seen": shown.version, "amount": amount})
    return made


def _with_seen(sent: dict[str, Any], shown: DeskPackage) -> dict[str, Any]:
    """Return the sent forms with the version that is shown now, so that a second try may pass."""
    for name, form in sent.items():
        # The posted data cannot be changed.
        form.data = form.data.copy()
        form.data[f"{name}-seen"] = str(shown.version)
    return sent
