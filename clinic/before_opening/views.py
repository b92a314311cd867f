"""The page "Before you open", and the pages of the clinic's facts."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit.context import context_of
from clinic.backups.making import last_taken
from clinic.before_opening.actions import NotReady, open_clinic
from clinic.before_opening.facts_rows import (
    TYPED,
    FactsChanged,
    choose_zone,
    facts_version,
    set_facts,
)
from clinic.before_opening.forms import FactsForm, ZoneForm
from clinic.before_opening.lines import NOBODY, SetUpLine, all_lines, holding_up, missing
from clinic.identity.phones import dialed
from clinic.messages.health_words import health_words
from clinic.models.people import User
from clinic.models.practice import ClinicFacts
from clinic.security.access import desk_only, managing_only, staff_of
from clinic.security.requests import StaffRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class ShownLine:
    """A line as the page shows it: `url` is empty when this reader may not open its page."""

    line: SetUpLine
    url: str
    who: str


@managing_only
@require_safe
def before_you_open(request: StaffRequest) -> HttpResponse:
    """Show the list, counted, each line leading to the page on which it is mended."""
    return _list_page(request)


def _list_page(request: StaffRequest, status: int = 200) -> HttpResponse:
    found, user = all_lines(context_of(request).now), staff_of(request)
    shown = [_shown(one, user) for one in found if not (one.is_done and one.hides_when_done)]
    was_opened = _facts().opened_at is not None
    context = {
        "lines": shown,
        "missing": len(missing(found)),
        "holding_up": len(holding_up(found)),
        "first_choices": not was_opened and user.is_manager,
        "was_opened": was_opened,
    }
    return render(request, "clinic/before_opening/list.html", context, status=status)


def _shown(line: SetUpLine, user: User) -> ShownLine:
    may_open = line.role == NOBODY or getattr(user, line.role, False)
    who = {
        "is_manager": _("The practice manager does this."),
        "is_clinician": _("A clinician does this."),
        "is_access_admin": _("Whoever gives access does this."),
    }
    return ShownLine(line, reverse(line.page) if may_open else "", who.get(line.role, ""))


@desk_only
@require_POST
def open_now(request: StaffRequest) -> HttpResponse:
    """Open the public pages, if the list allows it."""
    try:
        open_clinic(context=context_of(request))
    except NotReady as refusal:
        count = len(refusal.lines)
        text = ngettext(
            "Not opened: %(n)s line is still missing.",
            "Not opened: %(n)s lines are still missing.",
            count,
        )
        messages.error(request, text % {"n": count})
        return _list_page(request, status=409)
    messages.success(request, _("The clinic is open: patients can answer and book."))
    return redirect("before_you_open")


def _facts() -> ClinicFacts:
    """Return the row, which may be newer than what the process knows."""
    return ClinicFacts.objects.filter(pk=ClinicFacts.ONLY).first() or ClinicFacts()


@desk_only
@methods
def facts(request: StaffRequest) -> HttpResponse:
    """Show and change what pages and mails say about the clinic."""
    row = _facts()
    initial = {name: getattr(row, name) for name in TYPED}
    initial |= {"phone": dialed(row.phone), "seen": facts_version(row)}
    form = FactsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            is_changed = set_facts(values=form.cleaned_data, seen=seen, context=context_of(request))
        except FactsChanged:
            form.show_again()
            changed = {
                "form": form,
                "zone": row.zone,
                "problems": [_("Somebody changed this since you opened the page.")],
                "stands": form.stands(),
            }
            return render(request, "clinic/before_opening/facts.html", changed, status=409)
        if is_changed:
            messages.success(request, _("The clinic’s facts are changed, on every page and mail."))
        else:
            messages.info(request, _("Nothing was changed."))
        if found := health_words(form.cleaned_data["mail_name"]):
            text = _("What mail calls the clinic contains %(words)s: mail may be read by others.")
            messages.warning(request, text % {"words": ", ".join(found)})
        return redirect("before_you_open")
    context = {"form": form, "zone": row.zone, "has_errors": bool(form.errors)}
    status = 422 if form.errors else 200
    return render(request, "clinic/before_opening/facts.html", context, status=status)


@desk_only
@methods
def zone(request: StaffRequest) -> HttpResponse:
    """Choose the clinic's time zone, once; afterwards show it."""
    row = _facts()
    form = ZoneForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        if choose_zone(zone=form.cleaned_data["zone"], context=context_of(request)):
            messages.success(request, _("The time zone is chosen."))
            return redirect("before_you_open")
        status, row = 409, _facts()
    context = {"form": form, "zone": row.zone, "has_errors": bool(form.errors)}
    return render(request, "clinic/before_opening/zone.html", context, status=status)


@managing_only
@require_safe
def backups(request: StaffRequest) -> HttpResponse:
    """Say when the last backup was taken, and how one is restored."""
    context = {"taken_at": last_taken()}
    return render(request, "clinic/before_opening/backups.html", context)
