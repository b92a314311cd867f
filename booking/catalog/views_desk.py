"""The desk's pages of prices and terms: what is in force, and how it is changed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking.catalog.actions import (
    add_service,
    save_package,
    set_service,
    set_terms,
    terms_of_version,
)
from booking.catalog.forms import ServiceForm, TermsForm
from booking.catalog.package_form import PackageForm
from booking.catalog.queries import newest_versions, under_way
from booking.models import Appointment, PackageVersion, Policy, Service
from booking.reason_text import sentences
from booking.refusals import Refused
from booking.reminders.new_terms import foresee_reminders
from booking.terms import current_policy, terms_of
from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.web.form_fields import hidden

methods = require_http_methods(["GET", "HEAD", "POST"])
# How many versions of the terms the page lists.
EARLIER_SHOWN = 8


@desk_only
@require_safe
def terms(request: StaffRequest) -> HttpResponse:
    """Show the price list, the terms in force, and when they were changed."""
    policy = current_policy()
    context = {
        "policy": policy,
        "form": TermsForm(policy=policy),
        "services": Service.objects.prefetch_related("clinicians"),
        "packages": newest_versions(),
        "earlier": Policy.objects.select_related("by").order_by("-pk")[:EARLIER_SHOWN],
    }
    return render(request, "booking/catalog/terms.html", context)


@desk_only
@methods
def change_terms(request: StaffRequest) -> HttpResponse:
    """Ask for new terms, show what they would do, and put them into force once confirmed.

    The three steps share one address. `edit` in a POST goes back to the form, `confirmed` saves.
    """
    policy = current_policy()
    form = TermsForm(request.POST or None, policy=policy)
    context = {"form": form, "has_errors": bool(form.errors)}
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        status = 422 if form.errors else 200
        return render(request, "booking/catalog/terms_change.html", context, status=status)
    wanted, now = form.wanted(), timezone.now()
    if "confirmed" not in request.POST:
        # An unsaved row: nothing is written before somebody confirms.
        after = terms_of(Policy(**wanted))
        context |= {
            "hidden": hidden(form),
            "changes": _changes(policy, wanted),
            "reminders": foresee_reminders(after, now=now),
            "booked": Appointment.objects.upcoming(now).count(),
        }
        return render(request, "booking/catalog/terms_impact.html", context)
    try:
        set_terms(
            values=wanted,
            seen=form.cleaned_data["seen"],
            by=staff_of(request),
            context=Context(actor_of(request), now),
        )
    except Refused as refusal:
        return _changed_meanwhile(request, form, refusal, policy.pk)
    messages.success(request, _("The new terms are in force."))
    return redirect("desk_terms")


@desk_only
@methods
def change_service(request: StaffRequest, code: str) -> HttpResponse:
    """Change one service on the price list for what is booked from now on."""
    service = get_object_or_404(Service, code=code)
    form = ServiceForm(request.POST or None, service=service)
    ahead = Appointment.objects.upcoming(timezone.now()).filter(service=service).count()
    context = {"form": form, "service": service, "ahead": ahead, "has_errors": bool(form.errors)}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "booking/catalog/terms_service.html", context, status=status)
    try:
        set_service(
            service_id=service.pk,
            values=form.wanted(),
            seen=form.cleaned_data["seen"],
            actor=actor_of(request),
        )
    except Refused as refusal:
        shown = ServiceForm(_seen_now(request, ServiceForm(service=service)), service=service)
        context |= {"form": shown, "problems": sentences(refusal.reasons), "now": service}
        return render(request, "booking/catalog/terms_service.html", context, status=409)
    messages.success(request, _("The visit is changed, for what is booked from now on."))
    return redirect("desk_terms")


@desk_only
@methods
def add_service_view(request: StaffRequest) -> HttpResponse:
    """Add a service to the price list."""
    form = ServiceForm(request.POST or None)
    context = {"form": form, "has_errors": bool(form.errors)}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "booking/catalog/terms_service.html", context, status=status)
    add_service(values=form.wanted(), actor=actor_of(request))
    messages.success(request, _("The visit is on the price list. Say next who does it."))
    return redirect("desk_terms")


@desk_only
@methods
def add_package(request: StaffRequest) -> HttpResponse:
    """Sell another package."""
    return _package(request, None)


@desk_only
@methods
def change_package(request: StaffRequest, package_id: int) -> HttpResponse:
    """Change a package, or sell it no more, for who buys from now on."""
    version = newest_versions().filter(package=package_id).first()
    if version is None:
        raise Http404
    return _package(request, version)


def _package(request: StaffRequest, version: PackageVersion | None) -> HttpResponse:
    """Ask for the terms of a package, show what they do to what is sold, and save once confirmed.

    The three steps share one address. `edit` in a POST goes back to the form, `confirmed` saves.
    """
    form = PackageForm(request.POST or None, version=version)
    context: dict[str, object] = {
        "form": form,
        "version": version,
        "has_errors": bool(form.errors),
    }
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        status = 422 if form.errors else 200
        return render(request, "booking/catalog/package_form.html", context, status=status)
    wanted, is_offered = form.wanted(), form.cleaned_data["is_offered"]
    if "confirmed" not in request.POST:
        context |= {
            "hidden": hidden(form),
            "wanted": wanted,
            "visits": form.shown(wanted.visits),
            "is_offered": is_offered,
            "is_new": version is None
            or version.price_cents is None
            or wanted != terms_of_version(version),
            "under_way": under_way(version.package) if version else [],
        }
        return render(request, "booking/catalog/package_impact.html", context)
    try:
        save_package(
            package_id=version.package_id if version else None,
            terms=wanted,
            is_offered=is_offered,
            seen=form.cleaned_data["seen"],
            by=staff_of(request),
            context=Context(actor_of(request), timezone.now()),
        )
    except Refused as refusal:
        # Now with the version that is sold, so that sending it again is on purpose.
        seen = str(version.pk) if version else ""
        typed = request.POST.copy()
        typed["seen"] = seen
        shown = PackageForm(typed, version=version)
        context |= {"form": shown, "problems": sentences(refusal.reasons)}
        return render(request, "booking/catalog/package_form.html", context, status=409)
    messages.success(request, _("The package is changed, for who buys it from now on."))
    return redirect("desk_terms")


def _changed_meanwhile(
    request: HttpRequest, form: TermsForm, refusal: Refused, seen: int
) -> HttpResponse:
    """Show what a colleague put into force meanwhile beside what was typed.

    The form carries the newest version, so that sending it again saves it.
    """
    policy = current_policy()
    shown = TermsForm(_seen_now(request, TermsForm(policy=policy)), policy=policy)
    context = {
        "form": shown,
        "problems": sentences(refusal.reasons),
        "changes": _changes(policy, form.wanted()),
    }
    return render(request, "booking/catalog/terms_change.html", context, status=409)


def _seen_now(request: HttpRequest, fresh: TermsForm | ServiceForm) -> QueryDict:
    """Return what was typed, with the version that is in the database now."""
    typed = request.POST.copy()
    typed["seen"] = str(fresh.initial["seen"])
    return typed


def _changes(policy: Policy, wanted: dict[str, object]) -> list[tuple[object, object, object]]:
    """Return label, old value and new value of each field that would change."""
    before, after = TermsForm(policy=policy), TermsForm(policy=Policy(pk=policy.pk, **wanted))
    names = [name for _title, group in TermsForm.GROUPS for name in group]
    return [
        (before.fields[name].label, before.shown(name), after.shown(name))
        for name in names
        if before.initial[name] != after.initial[name]
    ]
