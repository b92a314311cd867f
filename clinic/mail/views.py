"""Stopping reminders from a link in them. Opening the link only shows the page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.record import actor_of, record
from clinic.links.models import AccessLink
from clinic.links.views import opened, register
from clinic.people.access import public
from clinic.people.models import Patient

UNSUBSCRIBE = "unsubscribe"


@public(reason="the private link in the reminder is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, patient_id: str) -> HttpResponse:
    """Show whether reminders are on; POST turns them off or on again."""
    if not opened(request, UNSUBSCRIBE, f"patient:{patient_id}"):
        raise Http404
    patient = Patient.objects.get(pk=patient_id)
    if request.method == "POST":
        stop = request.POST.get("reminders") == "off"
        patient.no_reminders_since = timezone.now() if stop else None
        patient.save(update_fields=["no_reminders_since"])
        record(actor_of(request), "reminders off" if stop else "reminders on", patient=patient)
        return redirect("unsubscribe", patient_id)
    return render(request, "clinic/unsubscribe.html", {"patient": patient})


def _page(link: AccessLink) -> str:
    return reverse("unsubscribe", args=[link.about.partition(":")[2]])


def register_links() -> None:
    """Say where the unsubscribe link leads."""
    register(UNSUBSCRIBE, _page)
