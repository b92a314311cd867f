"""The desk's page of takings, and the same as a file."""

from collections.abc import Iterator
from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from booking.billing.takings import Takings, day_of_payment, takings_from
from booking.models import Payment
from clinic.audit.record import actor_of, record
from clinic.practice.wall_time import clinic_date
from clinic.security.access import after_reauthentication, desk_only
from clinic.security.requests import StaffRequest
from clinic.web.csv_files import csv_response
from clinic.web.form_layout import TextLine, laid_out

MOST_DAYS = 366
NOT_A_DATE = gettext_lazy("Enter a date")


WRONG = {"required": NOT_A_DATE, "invalid": NOT_A_DATE}


class PeriodForm(forms.Form):
    """From which day to which, both included; a year at most."""

    first = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=WRONG,
    )
    last = forms.DateField(
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=WRONG,
    )
    helper = laid_out(TextLine("first"), TextLine("last"))

    def clean(self) -> dict[str, date]:
        """Return the dates. Raises ValidationError for a period that is none, or too long."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if not all(2000 <= day.year <= 2200 for day in (first, last)):
                raise forms.ValidationError(NOT_A_DATE)
            if last < first:
                self.add_error("last", _("This is before the first day"))
            elif last - first >= timedelta(days=MOST_DAYS):
                self.add_error("last", _("Choose a year at most"))
        return cleaned


@desk_only
@require_safe
def takings(request: StaffRequest) -> HttpResponse:
    """Show what was taken by day and method; today, if nothing else is asked for."""
    form = _form(request)
    found = _found(form)
    context = {"form": form, "takings": found, "has_errors": found is None}
    status = 200 if found else 422
    return render(request, "booking/billing/takings.html", context, status=status)


@desk_only
@after_reauthentication
@require_safe
def takings_file(request: StaffRequest) -> HttpResponse:
    """Give each payment of the period as CSV, without anybody's name; that it left is recorded."""
    form = _form(request)
    found = _found(form)
    if found is None:
        context = {"form": form, "takings": None, "has_errors": True}
        return render(request, "booking/billing/takings.html", context, status=422)
    record(actor_of(request), "export takings", reason=f"{found.first} to {found.last}")
    columns = (_("Date"), _("Time"), _("What"), _("For"), _("How"), _("Amount in dollars"))
    return csv_response("run-ready-takings", columns, _lines(found))


def _lines(found: Takings) -> Iterator[tuple[object, ...]]:
    for one in found.payments:
        at = timezone.localtime(one.at)
        yield (
            day_of_payment(one).isoformat(),
            at.strftime("%H:%M"),
            one.get_kind_display(),
            _what(one),
            one.get_method_display(),
            one.signed_cents / 100,
        )


def _what(payment: Payment) -> str:
    if payment.appointment is not None:
        return str(payment.appointment.service.name)
    assert payment.enrollment is not None  # a constraint says so
    return str(payment.enrollment.version.name)


def _form(request: HttpRequest) -> PeriodForm:
    today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE).isoformat()
    given = {name: request.GET.get(name, today) for name in ("first", "last")}
    return PeriodForm(given)


def _found(form: PeriodForm) -> Takings | None:
    if not form.is_valid():
        return None
    return takings_from(form.cleaned_data["first"], form.cleaned_data["last"])
