"""/l/<token>: checks a link, remembers what it opens in the session, and leaves a clean address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.models.links import AccessLink
from clinic.security.access import public
from clinic.security.private_links import find
from clinic.security.requests import PublicRequest

# purpose -> where it leads; each app adds its own in AppConfig.ready.
_DESTINATIONS: dict[str, Callable[[AccessLink], str]] = {}
# purpose -> what a mail program does with one press of its own button (RFC 8058).
_ONE_CLICK: dict[str, Callable[[AccessLink], None]] = {}


def register(
    purpose: str,
    destination: Callable[[AccessLink], str],
    one_click: Callable[[AccessLink], None] | None = None,
) -> None:
    """Say where links of this purpose lead, and what a mail program's own button does."""
    _DESTINATIONS[purpose] = destination
    if one_click is not None:
        _ONE_CLICK[purpose] = one_click


def opened(request: HttpRequest, purpose: str, about: str) -> bool:
    """Tell whether this session opened a link of this purpose to this thing, still good now."""
    entry = request.session.get("links", {}).get(f"{purpose} {about}")
    if entry is None:
        return False
    link = AccessLink.objects.filter(pk=entry, revoked_at__isnull=True).first()
    return link is not None and (link.expires_at is None or link.expires_at > timezone.now())


# A mail program that presses its button has no form of ours to take a token from.
@csrf_exempt
@public(reason="the link itself is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: PublicRequest, token: str) -> HttpResponse:
    """Open the link: nothing changes but what this session may see. POST is for one click only."""
    if request.method == "POST" and request.POST.get("List-Unsubscribe") != "One-Click":
        return HttpResponseNotAllowed(["GET", "HEAD"])
    link = find(token, now=timezone.now())
    if link is None or link.purpose not in _DESTINATIONS:
        return render(request, "clinic/security/link_closed.html", status=404)
    if request.method == "POST":
        return _clicked(link)
    links = request.session.setdefault("links", {})
    links[f"{link.purpose} {link.about}"] = str(link.pk)
    request.session.modified = True
    return HttpResponseRedirect(_DESTINATIONS[link.purpose](link))


def _clicked(link: AccessLink) -> HttpResponse:
    if link.purpose not in _ONE_CLICK:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    _ONE_CLICK[link.purpose](link)
    return HttpResponse(status=204)
