"""The desk's page about the money of one visit with a price of its own, and its receipt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from booking.appointments.access import visit_of
from booking.billing import payments
from booking.billing.forms import PayForm, RefundForm, VersionForm
from booking.billing.queries import VisitBill, visit_bill
from booking.billing.receipts import receipt_of_visit
from booking.models import Payment
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.audit.shown import record_shown
from clinic.messages.history import history_of
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once


@dataclass(frozen=True)
class _PageForm:
    form: Callable[..., VersionForm]
    action: Callable[..., Payment]


# By the last part of the address that each form posts to; also its prefix on the page.
FORMS = {
    "pay": _PageForm(PayForm, payments.record_visit_payment),
    "refund": _PageForm(RefundForm, payments.record_visit_refund),
}


@desk_only
@require_safe
def visit_money(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show what a visit costs and what was paid for it, with the forms to pay and to refund."""
    bill = _bill_of(appointment_id)
    record_shown(request, "see payments", [bill.visit.patient_id], about=bill.visit)
    return _page(request, bill)


@desk_only
@require_safe
def visit_receipt(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show the receipt of a visit, to be printed."""
    bill = _bill_of(appointment_id)
    record(actor_of(request), "print receipt", bill.visit, patient=bill.visit.patient_id)
    back = reverse("desk_visit_money", args=[bill.visit.pk])
    receipt = receipt_of_visit(bill, back)
    return render(request, "booking/billing/receipt.html", {"receipt": receipt})


@desk_only
@require_POST
def visit_act(request: StaffRequest, appointment_id: UUID, act: str) -> HttpResponse:
    """Record the payment or the refund; `act` is its name in FORMS."""
    bill = _bill_of(appointment_id)
    if act not in FORMS:
        raise Http404
    form = FORMS[act].form(request.POST, prefix=act)
    if not form.is_valid():
        return _page(request, bill, sent={act: form}, status=422)
    done = reverse("desk_visit_money", args=[bill.visit.pk])

    def act_once() -> str:
        FORMS[act].action(
            appointment_id=bill.visit.pk, **form.wanted(), context=context_of(request)
        )
        return done

    try:
        return redirect(once(request, f"visit {act}", f"user:{request.user.pk}", act_once))
    except SentWithOtherContent:
        # The same page was sent before with something else: show what that did.
        return redirect(done)
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        fresh = _bill_of(appointment_id)
        return _page(request, fresh, sent={act: form}, problems=problems, status=409)


def _bill_of(appointment_id: UUID) -> VisitBill:
    """Return the bill of the visit. Raises Http404 for one without a price of its own."""
    bill = visit_bill(visit_of(appointment_id))
    if bill is None:
        raise Http404
    return bill


def _page(
    request: HttpRequest,
    bill: VisitBill,
    *,
    sent: dict[str, Any] | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; `sent` has the form that was refused, `problems` why."""
    amounts = {"pay": bill.due, "refund": bill.refund or bill.paid}
    made = {
        name: one.form(
            prefix=name, initial={"seen": bill.version, "amount": f"{amounts[name] / 100:.2f}"}
        )
        for name, one in FORMS.items()
    }
    for name, form in (sent or {}).items():
        # The version that is shown now, so that a second try may pass. Posted data is fixed.
        form.data = form.data.copy()
        form.data[f"{name}-seen"] = str(bill.version)
        made[name] = form
    context = {
        "bill": bill,
        "forms": made,
        "form": next(iter((sent or {}).values()), None),
        "history": history_of(*bill.payments),
        "problems": problems or [],
        "has_errors": status != 200,
    }
    return render(request, "booking/billing/visit.html", context, status=status)
