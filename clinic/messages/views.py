"""The page behind the unsubscribe link of a reminder. Opening the link changes nothing."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context, context_of
from clinic.audit.record import Actor
from clinic.messages.preferences import UNSUBSCRIBE, set_reminders
from clinic.models.links import AccessLink
from clinic.models.people import Patient
from clinic.security.access import public
from clinic.security.link_pages import opened, register
from clinic.security.requests import PublicRequest


@public(reason="the private link in the reminder is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: PublicRequest, patient_id: UUID) -> HttpResponse:
    """Show whether the patient gets reminders; POST turns them off or on."""
    if not opened(request, UNSUBSCRIBE, f"patient:{patient_id}"):
        raise Http404
    if request.method != "POST":
        patient = get_object_or_404(Patient, pk=patient_id)
        return render(request, "clinic/messages/unsubscribe.html", {"patient": patient})
    choice = request.POST.get("reminders")
    if choice in ("on", "off"):
        set_reminders(
            patient_id=patient_id,
            wanted=choice == "on",
            context=context_of(request),
        )
    return redirect("unsubscribe", patient_id)


def _page(link: AccessLink) -> str:
    return reverse("unsubscribe", args=[link.patient_id])


def _one_click(link: AccessLink) -> None:
    # No session opened the link: a mail program did, so the request has no actor.
    actor = Actor(f"patient:{link.patient_id}", "patient")
    set_reminders(patient_id=link.patient_id, wanted=False, context=Context(actor, timezone.now()))


def register_links() -> None:
    """Register the page of the unsubscribe link, and what a mail program's own button does."""
    register(UNSUBSCRIBE, _page, _one_click)
