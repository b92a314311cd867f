"""The pages behind the links of a change of e-mail: what will happen, then a deliberate press.

The link opens a page whose first button leads on and changes nothing: programs that check mail
press it. Once the change is over, a browser that opened the link reads what became of it.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context, context_of
from clinic.security.access import public
from clinic.security.link_pages import opened, was_opened
from clinic.security.requests import PublicRequest
from intake.models import EmailChange
from intake.own_email.actions import say_not_me, say_yes
from intake.own_email.emails import NOT_ME, YES, about_change, sides_missing
from intake.own_email.sides import Side, masked

End = EmailChange.End
# What a mailbox reads once the change is over: title and text. Why it was refused is told nobody.
OVER: dict[str, tuple[Promise, Promise]] = {
    End.CHANGED: (
        _("The e-mail is changed"),
        _(
            "Our mail goes to the new address from now on. To see your visits, sign in there with a"
            " code and give your date of birth."
        ),
    ),
    End.TAKEN_BACK: (_("Nothing was changed"), _("The change of e-mail was taken back.")),
    End.NOT_ME: (
        _("Nothing was changed"),
        _(
            "The change of e-mail was ended, and whoever was signed in is signed out. We call to"
            " find out who it was."
        ),
    ),
    End.EXPIRED: (_("Nothing was changed"), _("The time for it is over. Ask for it once more.")),
    End.OVERTAKEN: (
        _("Nothing was changed"),
        _("Something else came first. Ask for it once more."),
    ),
    End.REFUSED: (
        _("We could not change it here"),
        _("Call us: we ask for your name and date of birth, and help you."),
    ),
}


@public(reason="the private link in the mail is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def yes_old(request: PublicRequest, change_id: UUID) -> HttpResponse:
    """Say what ends for the mailbox so far; note on POST that it said yes."""
    return _yes(request, change_id, Side.OLD)


@public(reason="the private link in the mail is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def yes_new(request: PublicRequest, change_id: UUID) -> HttpResponse:
    """Say what begins for the new mailbox; note on POST that it said yes."""
    return _yes(request, change_id, Side.NEW)


@public(reason="the private link in the mail is the key")
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: PublicRequest, change_id: UUID) -> HttpResponse:
    """Say what "this was not me" does; end the change on POST."""

    def act(context: Context) -> None:
        say_not_me(change_id=change_id, context=context)

    return _page(request, change_id, NOT_ME, act, "intake/own_email/not_me.html")


def _yes(request: HttpRequest, change_id: UUID, side: Side) -> HttpResponse:
    def act(context: Context) -> None:
        say_yes(change_id=change_id, side=side, context=context)

    return _page(request, change_id, YES[side], act, f"intake/own_email/yes_{side}.html", side)


def _page(
    request: HttpRequest,
    change_id: UUID,
    purpose: str,
    act: Callable[[Context], None],
    template: str,
    side: Side | None = None,
) -> HttpResponse:
    change, context = EmailChange.objects.filter(pk=change_id).first(), context_of(request)
    if change is None or not was_opened(request, purpose, about_change(change)):
        return _gone(request)
    is_open = change.is_open_at(context.now) and opened(request, purpose, about_change(change))
    if request.method == "POST":
        if is_open:
            try:
                act(context)
            except EmailChange.DoesNotExist:
                # Deleted at the end of its day.
                return _gone(request)
        # Also after a second click, when it is over: the page says what became of it.
        return redirect(purpose, change.pk)
    if not is_open:
        title, text = OVER[change.ended_why or End.EXPIRED]
        return render(request, "intake/own_email/over.html", {"title": title, "text": text})
    shown = {
        "change": change,
        "page": request.path,
        "is_sure": "sure" in request.GET,
        "has_said_yes": side is not None and side not in sides_missing(change),
        "new_email": masked(change.new_email),
    }
    return render(request, template, shown)


def _gone(request: HttpRequest) -> HttpResponse:
    """Answer the same whether there is no such change or this session did not open its link."""
    return render(request, "intake/own_email/gone.html", status=404)
