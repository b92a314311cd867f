"""The pages on which who gives access moves patients, visits and packages in."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.models import ImportRow, ImportRun
from booking.moving_in.choices import (
    NotNow,
    choose,
    discard,
    say_words,
    start_import,
    start_undo,
)
from booking.moving_in.files.formats import FORMATS, KINDS, TEMPLATE
from booking.moving_in.forms import FilesForm, WordsForm
from booking.moving_in.queries import row_page, run_view
from booking.moving_in.reading import FileRefused, begin_run
from booking.moving_in.words import FILES, NOT_NOW
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.models.people import Patient
from clinic.security.access import access_admin_only, after_reauthentication, staff_of
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.security.uploads import takes_files
from clinic.web.csv_files import csv_response
from clinic.web.paging import after_of
from clinic.web.unattended import seen_version, version_of

# How many runs the first page lists.
MOST_RUNS = 20


@takes_files
@access_admin_only
@after_reauthentication
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def moving_in(request: StaffRequest) -> HttpResponse:
    """Ask for the files; POST stores their rows, which are looked through next."""
    sent = request.method == "POST"
    form = FilesForm(request.POST if sent else None, request.FILES if sent else None)
    if sent and form.is_valid():
        try:
            actor = f"user:{request.user.pk}"
            return redirect(once(request, "move in", actor, lambda: _begin(request, form)))
        except FileRefused as refusal:
            form.add_error(refusal.kind, FILES[refusal.code] % {"found": refusal.found})
        except SentWithOtherContent:
            return redirect("moving_in")
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "formats": list(FORMATS.values()),
        "kinds": KINDS,
        "runs": ImportRun.objects.order_by("-made_at")[:MOST_RUNS],
    }
    status = 422 if form.errors else 200
    return render(request, "booking/moving_in/files.html", context, status=status)


def _begin(request: StaffRequest, form: FilesForm) -> str:
    """Store the rows of the files, and return the address of the run's page."""
    run = begin_run(
        files=form.files_sent(),
        wanted=form.cleaned_data["wanted"],
        zone=settings.CLINIC_TIME_ZONE,
        by=staff_of(request),
        context=context_of(request),
    )
    return reverse("moving_in_run", args=[run.pk])


@access_admin_only
@require_safe
def template(request: StaffRequest, kind: str) -> HttpResponse:
    """Give our template of one kind as a file: the line of names, and nothing below it."""
    layout = next((one for name, one in TEMPLATE.files.items() if name == kind), None)
    if layout is None:
        raise Http404
    return csv_response(f"run-ready-{kind}", layout.read, [])


@access_admin_only
@after_reauthentication
@fail_closed
@require_safe
def run_page(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Show a run: its counts, what its words mean, and its rows by kind and state."""
    run = get_object_or_404(ImportRun.objects.select_related("by"), pk=run_id)
    return _run_page(request, run)


def _run_page(
    request: StaffRequest, run: ImportRun, form: WordsForm | None = None, status: int = 200
) -> HttpResponse:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    if kind not in ("", *KINDS) or state not in ("", *ImportRow.Status.values):
        raise Http404
    try:
        page = row_page(run, kind=kind, status=state, after=after_of(request))
    except ImportRow.DoesNotExist:
        raise Http404 from None
    record_shown(request, "see import", page.patients, about=run)
    view = run_view(run, timezone.now())
    context = {
        "view": view,
        "run": run,
        "page": page,
        "kind": kind,
        "state": state,
        "form": form or (WordsForm(run=run) if run.status == "judged" else None),
        "version": version_of(_progress_text(request, run)),
    }
    return render(request, "booking/moving_in/run.html", context, status=status)


def _progress_text(request: StaffRequest, run: ImportRun) -> str:
    view = run_view(run, timezone.now())
    return render_to_string("booking/moving_in/counts.html", {"view": view, "run": run}, request)


@access_admin_only
@require_safe
def progress(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Show how far a run is, as a part of its page that refreshes itself: counts, no row."""
    run = get_object_or_404(ImportRun, pk=run_id)
    text = _progress_text(request, run)
    version = version_of(text)
    if seen_version(request) == version:
        return HttpResponseNotModified()
    context = {"text": SafeString(text), "version": version, "run": run}
    context["view"] = run_view(run, timezone.now())
    return render(request, "booking/moving_in/progress.html", context)


@access_admin_only
@after_reauthentication
@fail_closed
@require_POST
def words(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Say what the words of the files mean here."""
    run = get_object_or_404(ImportRun, pk=run_id)
    form = WordsForm(request.POST, run=run)
    if not form.is_valid():
        return _run_page(request, run, form, status=422)
    wanted, context = form.wanted(), context_of(request)
    return _done(request, run, lambda: say_words(run_id=run.pk, words=wanted, context=context))


@access_admin_only
@after_reauthentication
@fail_closed
@require_POST
def start(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Have a run imported."""
    run = get_object_or_404(ImportRun, pk=run_id)
    return _done(request, run, lambda: start_import(run_id=run.pk, context=context_of(request)))


@access_admin_only
@after_reauthentication
@fail_closed
@require_POST
def undo(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Have what a run made taken back."""
    run = get_object_or_404(ImportRun, pk=run_id)
    return _done(request, run, lambda: start_undo(run_id=run.pk, context=context_of(request)))


@access_admin_only
@fail_closed
@require_POST
def throw_away(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Throw a run away of which nothing was imported."""
    run = get_object_or_404(ImportRun, pk=run_id)
    return _done(request, run, lambda: discard(run_id=run.pk, context=context_of(request)))


def _done(request: StaffRequest, run: ImportRun, action: Callable[[], object]) -> HttpResponse:
    try:
        action()
    except NotNow as refusal:
        messages.error(request, NOT_NOW[refusal.code])
    return redirect("moving_in_run", run.pk)


@access_admin_only
@after_reauthentication
@fail_closed
@require_POST
def choose_row(request: StaffRequest, row_id: UUID) -> HttpResponse:
    """Say whom an unclear row is about: `who` is "new", "line" or the id of a patient."""
    row = get_object_or_404(ImportRow.objects.select_related("run"), pk=row_id)
    who = request.POST.get("who", "")
    patient: Patient | None = None
    if who not in ("new", "line"):
        try:
            patient = Patient.objects.current().filter(pk=UUID(who)).first()
        except ValueError:
            patient = None
        if patient is None:
            messages.error(request, _("Choose who she is."))
            return redirect("moving_in_run", row.run_id)
    return _done(
        request,
        row.run,
        lambda: choose(
            row_id=row.pk,
            patient_id=patient.pk if patient else None,
            of_line=row.of_line if who == "line" else None,
            context=context_of(request),
        ),
    )
