"""What else is done with a task: a try, taking it over, taking its outcome back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.security.access import staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from intake.concerns.tasks import (
    CannotReopen,
    MayNotClose,
    TaskIsOver,
    record_attempt,
    reopen_task,
    take_task,
    undo_close,
)
from intake.models import Task
from intake.tasks.forms import AttemptForm, ReasonForm
from intake.tasks.views import SENT_BEFORE, opened, task_response


@staff_only
@fail_closed
@require_POST
def attempt(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Record a try that reached nobody. The task stays open."""
    now = timezone.now()
    detail = opened(request, task_id, now)
    form = AttemptForm(request.POST, now=now)
    if not form.is_valid():
        return task_response(request, detail, now, attempt_form=form, status=422)

    def action() -> None:
        record_attempt(
            task_id=task_id,
            result=form.cleaned_data["result"],
            note=form.cleaned_data["note"],
            next_at=form.cleaned_data.get("next_at"),
            by=staff_of(request),
            context=Context(actor_of(request), now),
        )

    try:
        _once(request, "try task", task_id, action)
    except TaskIsOver:
        late = opened(request, task_id, now)
        return task_response(request, late, now, attempt_form=form, is_late=True, status=409)
    except SentWithOtherContent:
        form.add_error(None, SENT_BEFORE)
        return task_response(
            request, opened(request, task_id, now), now, attempt_form=form, status=409
        )
    messages.success(request, _("The try is recorded. The task stays open."))
    return redirect("task", task_id)


@staff_only
@fail_closed
@require_POST
def take(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Make the reader the owner of the task."""

    def action() -> None:
        take_task(
            task_id=task_id,
            by=staff_of(request),
            context=Context(actor_of(request), timezone.now()),
        )

    try:
        _once(request, "take task", task_id, action)
    except TaskIsOver:
        messages.error(request, _("Somebody has ended it meanwhile."))
        return redirect("task", task_id)
    messages.success(request, _("It is yours now."))
    return redirect("task", task_id)


@staff_only
@fail_closed
@require_POST
def undo(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Take back the reader's own outcome within its first minute; later answer with status 409."""
    now = timezone.now()

    def action() -> None:
        undo_close(task_id=task_id, by=staff_of(request), context=Context(actor_of(request), now))

    try:
        _once(request, "undo task", task_id, action)
    except CannotReopen:
        return task_response(request, opened(request, task_id, now), now, status=409)
    messages.success(request, _("Taken back. The task is open again."))
    return redirect("task", task_id)


@staff_only
@fail_closed
@require_POST
def reopen(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Open a task that was ended, with a reason."""
    now = timezone.now()
    form = ReasonForm(request.POST)
    if not form.is_valid():
        detail = opened(request, task_id, now)
        return task_response(request, detail, now, reason_form=form, status=422)

    def action() -> None:
        reopen_task(
            task_id=task_id,
            reason=form.cleaned_data["reason"],
            by=staff_of(request),
            context=Context(actor_of(request), now),
        )

    try:
        _once(request, "reopen task", task_id, action)
    except MayNotClose:
        detail = opened(request, task_id, now)
        return task_response(request, detail, now, reason_form=form, status=403)
    except CannotReopen:
        return redirect("task", task_id)
    except SentWithOtherContent:
        form.add_error(None, SENT_BEFORE)
        detail = opened(request, task_id, now)
        return task_response(request, detail, now, reason_form=form, status=409)
    messages.success(request, _("The task is open again."))
    return redirect("task", task_id)


def _once(request: StaffRequest, view: str, task_id: UUID, action: Callable[[], None]) -> None:
    """Run the action once for each page shown.

    Raises SentWithOtherContent, and Http404 for a task that does not exist.
    """
    actor = actor_of(request)

    def run() -> str:
        action()
        return reverse("task", args=[task_id])

    try:
        once(request, view, f"{actor.id} {task_id}", run)
    except Task.DoesNotExist:
        raise Http404 from None
