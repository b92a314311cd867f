"""The list of tasks and the page of one, for clinicians and managers. They show no answers."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.audit.shown import record_shown
from clinic.security.access import staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.paging import after_of
from intake.concerns.tasks import MayNotClose, TaskIsOver, close_task
from intake.emergency_contact.actions import ContactDetails
from intake.episodes.due_times import day_end
from intake.models import Task
from intake.tasks.forms import AttemptForm, OutcomeForm, ReasonForm
from intake.tasks.queries import TaskDetail, TaskTab, task_detail, task_page

# The page was sent before, with other words: what is typed now is not stored, and must be said.
SENT_BEFORE = gettext_lazy(
    "Something else was recorded from this page before. Look below, then press again to record "
    "this one too."
)


@staff_only
@fail_closed
@require_safe
def task_list(request: StaffRequest) -> HttpResponse:
    """List what is to do, the most dangerous first, or one of the other lists."""
    try:
        tab = TaskTab(request.GET.get("tab", ""))
        page = task_page(tab, reader=staff_of(request), now=timezone.now(), after=after_of(request))
    except (ValueError, Task.DoesNotExist):  # a tab or a row that does not exist
        raise Http404 from None
    record_shown(request, "see task list", (row.task.patient_id for row in page.rows))
    tabs = [(one, page.counts[one]) for one in TaskTab]
    return render(request, "intake/tasks/list.html", {"page": page, "tab": tab, "tabs": tabs})


@staff_only
@require_safe
def calls_moved(request: StaffRequest) -> HttpResponse:
    """Lead a bookmark of the former call list to where the calls are now."""
    return redirect(reverse("task_list") + "?tab=calls")


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: StaffRequest, task_id: UUID) -> HttpResponse:
    """Show one task; end it with its outcome on POST."""
    now = timezone.now()
    detail = opened(request, task_id, now)
    if detail.view.task.merged_into_id is not None:
        return redirect("task", detail.view.task.merged_into_id)
    if request.method != "POST":
        return task_response(request, detail, now)
    form = OutcomeForm(request.POST, outcomes=detail.outcomes, now=now)
    if not form.is_valid():
        return task_response(request, detail, now, outcome_form=form, status=422)
    try:
        following = _close(request, task_id, form, now)
    except MayNotClose:
        return task_response(request, detail, now, outcome_form=form, status=403)
    except SentWithOtherContent:
        form.add_error(None, SENT_BEFORE)
        return task_response(
            request, opened(request, task_id, now), now, outcome_form=form, status=409
        )
    except TaskIsOver:
        late = opened(request, task_id, now)
        return task_response(request, late, now, outcome_form=form, is_late=True, status=409)
    messages.success(request, _("Recorded. You can take it back for a minute on its page."))
    return redirect(following)


def opened(request: StaffRequest, task_id: UUID, now: datetime) -> TaskDetail:
    """Record that the task is read, and return what its page shows. Raises Http404."""
    try:
        detail = task_detail(task_id, reader=staff_of(request), now=now)
    except Task.DoesNotExist:
        raise Http404 from None
    row = detail.view.task
    # Her own page of who read her record must not say that the clinic owes her a call.
    action = "see likely matches" if row.kind == Task.Kind.COMPARE else "see task"
    record(actor_of(request), action, row, patient=row.patient_id, fields=("name", "phone"))
    return detail


def _close(request: StaffRequest, task_id: UUID, form: OutcomeForm, now: datetime) -> str:
    """Record the outcome once for each page shown; a double click leads where the first did."""
    actor, day = actor_of(request), form.cleaned_data.get("day")

    def action() -> str:
        close_task(
            task_id=task_id,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
            by=staff_of(request),
            day_due_at=day and day_end(day, settings.CLINIC_TIME_ZONE),
            context=Context(actor, now),
        )
        return reverse("task", args=[task_id])

    return once(request, "close task", f"{actor.id} {task_id}", action)


def task_response(
    request: StaffRequest,
    detail: TaskDetail,
    now: datetime,
    *,
    outcome_form: OutcomeForm | None = None,
    attempt_form: AttemptForm | None = None,
    reason_form: ReasonForm | None = None,
    emergency_contact: ContactDetails | None = None,
    is_late: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the page of the task with these forms, new ones where none is given.

    With `is_late` somebody ended the task first: the page shows that and what was typed here. An
    `emergency_contact` is shown as it is: whoever gives it has recorded that it was opened.
    """
    forms = (outcome_form, attempt_form, reason_form)
    context = {
        "detail": detail,
        "view": detail.view,
        "outcome_form": outcome_form or OutcomeForm(outcomes=detail.outcomes, now=now),
        "attempt_form": attempt_form or AttemptForm(now=now),
        "reason_form": reason_form or ReasonForm(),
        "form": next((one for one in forms if one is not None), None),
        "emergency_contact": emergency_contact,
        "is_late": is_late,
        "has_errors": status != 200,
        "now": now,
    }
    return render(request, "intake/tasks/task.html", context, status=status)
