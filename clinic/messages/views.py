"""The page behind the unsubscribe link of a reminder. Opening the link changes nothing."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context, context_of
from clinic.audit.record import Actor
from clinic.messages.preferences import UNSUBSCRIBE, reader_of, set_reminders
from clinic.models.links import AccessLink
from clinic.security.access import public
from clinic.security.link_pages import opened_link, register
from clinic.security.requests import PublicRequest


@public(reason="the private link in the reminder is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: PublicRequest, patient_id: UUID) -> HttpResponse:
    """Show whether the patient gets reminders; POST turns them off or on.

    The first button only leads to the one that does: programs that check mail press buttons.
    """
    link = opened_link(request, UNSUBSCRIBE, f"patient:{patient_id}")
    if link is None:
        raise Http404
    reader = reader_of(link)
    if request.method != "POST":
        context = {"patient": reader, "page": request.path, "is_sure": "change" in request.GET}
        return render(request, "clinic/messages/unsubscribe.html", context)
    choice = request.POST.get("reminders")
    if reader is not None and choice in ("on", "off"):
        set_reminders(
            patient_id=reader.pk,
            wanted=choice == "on",
            context=context_of(request),
        )
    return redirect("unsubscribe", patient_id)


def _page(link: AccessLink) -> str:
    # As it was mailed: merged since, the row has another id.
    return reverse("unsubscribe", args=[link.about.partition(":")[2]])


def _one_click(link: AccessLink) -> None:
    # No session opened the link: a mail program did, so the request has no actor.
    reader = reader_of(link)
    if reader is None:
        return
    actor = Actor(f"patient:{reader.pk}", "patient")
    set_reminders(patient_id=reader.pk, wanted=False, context=Context(actor, timezone.now()))


def register_links() -> None:
    """Register the page of the unsubscribe link, and what a mail program's own button does."""
    register(UNSUBSCRIBE, _page, _one_click)
