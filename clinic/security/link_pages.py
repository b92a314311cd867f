"""Open private links at /l/<token>: note in the session what they open, then redirect.

The address after the redirect holds no token.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.models.links import AccessLink
from clinic.security.access import public
from clinic.security.private_links import alive, find
from clinic.security.rate_limits import is_guessing
from clinic.security.requests import PublicRequest

# Purpose to the address a link leads to; each app registers its own in AppConfig.ready.
_DESTINATIONS: dict[str, Callable[[AccessLink], str]] = {}
# Purpose to what the unsubscribe button of a mail program does (RFC 8058).
_ONE_CLICK: dict[str, Callable[[AccessLink], None]] = {}


def register(
    purpose: str,
    destination: Callable[[AccessLink], str],
    one_click: Callable[[AccessLink], None] | None = None,
) -> None:
    """Register where links of this purpose lead, and what a mail program's own button does."""
    _DESTINATIONS[purpose] = destination
    if one_click is not None:
        _ONE_CLICK[purpose] = one_click


def opened(request: HttpRequest, purpose: str, about: str) -> bool:
    """Return whether this session opened such a link that is still alive."""
    return opened_link(request, purpose, about) is not None


def opened_link(request: HttpRequest, purpose: str, about: str) -> AccessLink | None:
    """Return the link of this purpose about this that the session opened and that is alive."""
    entry = request.session.get("links", {}).get(f"{purpose} {about}")
    return alive(now=timezone.now()).filter(pk=entry).first() if entry else None


def was_opened(request: HttpRequest, purpose: str, about: str) -> bool:
    """Return whether this session ever opened such a link, alive or not.

    It says nothing about the right: only that the session may be told what became of it.
    """
    return f"{purpose} {about}" in request.session.get("links", {})


# Exempt from CSRF: a mail program has no form of ours and so no token.
@csrf_exempt
@public(reason="the link itself is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: PublicRequest, token: str) -> HttpResponse:
    """Open the link, which changes only what this session may see.

    POST is for the button of a mail program (RFC 8058) and changes what the link is for.
    """
    if request.method == "POST" and request.POST.get("List-Unsubscribe") != "One-Click":
        return HttpResponseNotAllowed(["GET", "HEAD"])
    link = find(token, now=timezone.now())
    if link is None or link.purpose not in _DESTINATIONS:
        return _link_closed(request)
    if request.method == "POST":
        return _clicked(link)
    # The link itself is looked up again with each page, so revoking it works in an open session.
    links = request.session.setdefault("links", {})
    links[f"{link.purpose} {link.about}"] = str(link.pk)
    # Django notices only when the session itself is changed, not a dictionary in it.
    request.session.modified = True
    return HttpResponseRedirect(_DESTINATIONS[link.purpose](link))


def _link_closed(request: HttpRequest) -> HttpResponse:
    """Answer 404, and 429 when many links that open nothing were tried from this network.

    A link that opens something is never refused: it may be hers who shares the network.
    """
    if not is_guessing(request):
        return render(request, "clinic/security/link_closed.html", status=404)
    answer = render(request, "clinic/security/link_closed.html", {"were_many": True}, status=429)
    answer["Retry-After"] = str(settings.LIMITS["wrong_links"][1])
    return answer


def _clicked(link: AccessLink) -> HttpResponse:
    if link.purpose not in _ONE_CLICK:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    _ONE_CLICK[link.purpose](link)
    return HttpResponse(status=204)
