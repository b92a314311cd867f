"""The page that says why a time is not offered: every reason, for each clinician."""

from collections.abc import Mapping
from datetime import datetime

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from booking.appointments.online_holds import held_online
from booking.models import Service
from booking.reasons import Reason
from booking.scheduling.queries import Search, reasons_by_clinician
from booking.terms import current_policy
from clinic.models.people import Clinician
from clinic.practice.wall_time import instant
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.web.form_fields import day_field, time_field
from clinic.web.form_layout import lines


class WhyForm(forms.Form):
    """A service, a day and a time, and whether a patient or the desk looks for it."""

    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True),
        label=_("Visit"),
        to_field_name="code",
        empty_label=None,
    )
    day = day_field(_("Day"))
    at = time_field(_("Time"))
    who = forms.ChoiceField(
        label=_("For whom"),
        choices=[("patient", _("A patient online")), ("desk", _("The desk"))],
    )
    helper = lines(("service", "day", "at", "who"))

    def __init__(
        self, data: Mapping[str, object] | None = None, *, initial: dict[str, str]
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["service"].label_from_instance = (  # type: ignore[attr-defined]
            lambda service: service.name
        )

    def search(self) -> Search:
        """Return the search for such a visit, of no patient; call it on a valid form only."""
        return Search(
            service=self.cleaned_data["service"],
            policy=current_policy(),
            now=timezone.now(),
            by_staff=self.cleaned_data["who"] == "desk",
        )


@desk_only
@require_safe
def why(request: StaffRequest) -> HttpResponse:
    """Ask about one time, and show every reason against it for each clinician."""
    asked = "at" in request.GET
    form = WhyForm(
        request.GET if asked else None, initial={"day": request.GET.get("day", ""), "who": "desk"}
    )
    context: dict[str, object] = {"form": form}
    if asked and form.is_valid():
        starts_at = instant(
            form.cleaned_data["day"], form.cleaned_data["at"], settings.CLINIC_TIME_ZONE
        )
        context |= {"starts_at": starts_at, "found": _reasons(form.search(), starts_at)}
    context["has_errors"] = asked and bool(form.errors)
    status = 422 if context["has_errors"] else 200
    return render(request, "booking/desk/why.html", context, status=status)


def _reasons(search: Search, starts_at: datetime) -> dict[Clinician, list[Reason]]:
    """Return every reason against the time, by clinician; an empty list where it is offered.

    If the time is held by somebody who is booking online, a last reason says so.
    """
    return {
        # `and` leaves an empty list empty, without asking about holds.
        clinician: reasons
        and [
            *reasons,
            *held_online(
                search.service, starts_at=starts_at, clinician_id=clinician.pk, now=search.now
            ),
        ]
        for clinician, reasons in reasons_by_clinician(search, starts_at).items()
    }
