"""The desk's pages about mail: the state of sending, the latest mails, one to send again."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from booking.worklists.cells import file_header, file_row
from booking.worklists.mail_list import COLUMNS, TIMES, mail_lines, mails_latest
from booking.worklists.unreachable import unreachable
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of, record, record_each
from clinic.audit.shown import record_shown
from clinic.messages import upkeep
from clinic.messages.delivery import held_back
from clinic.messages.delivery.folder import sent_text
from clinic.messages.outbox import secret_kinds
from clinic.messages.reasons import words_for
from clinic.models.messages import Email
from clinic.operations.clock import clock_noted_at, is_clock_silent
from clinic.security.access import after_reauthentication, desk_only
from clinic.security.requests import StaffRequest
from clinic.web.csv_files import csv_response
from clinic.web.paging import PAGE_SIZE


@desk_only
@require_safe
def mails(request: StaffRequest) -> HttpResponse:
    """Show whether mail is being sent, which mails need a person, and the latest mails."""
    now = timezone.now()
    rows = Email.objects.select_related("patient", "user").order_by("-due_at")
    sending = upkeep.sending()
    state = request.GET.get("state", "")
    page = Paginator(mails_latest(state, now), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = list(mail_lines(page))
    stuck = list(rows.filter(status=Email.Status.NEEDS_HUMAN))
    refused = list(unreachable(now))
    seen = [
        *(line.patient for line in lines),
        *(row.patient_id for row in stuck),
        *(one.pk for one in refused),
    ]
    record_shown(request, "see list", seen, reason="mail")
    clock = clock_noted_at()
    context = {
        "columns": COLUMNS,
        "has_clock": clock is not None,
        "is_clock_silent": is_clock_silent(clock, now),
        "lines": lines,
        "page": page,
        "state": state if state in Email.Status.values else "",
        "stuck": stuck,
        "unreachable": refused,
        "secret": secret_kinds(),
        "held": held_back.held_back(),
        "restored": held_back.left_by_a_restore(),
        "counts": upkeep.counts(now),
        "sending": sending,
        "trouble": sending.trouble(now),
        "is_waiting": sending.due_since is not None and sending.due_since < now,
    }
    return render(request, "booking/worklists/mails.html", context)


@desk_only
@after_reauthentication
@require_safe
def mails_file(request: StaffRequest) -> HttpResponse:
    """Return all mails of the list as a CSV file. The audit records the export."""
    lines = list(mail_lines(mails_latest(request.GET.get("state", ""), timezone.now())))
    gone = (line.patient for line in lines)
    record_each(actor_of(request), "export list", gone, fields=("name",), reason="mail")
    rows = (file_row(line.cells, TIMES, ()) for line in lines)
    return csv_response("run-ready-mail", file_header(COLUMNS, TIMES, ()), rows)


@desk_only
@require_safe
def mail(request: StaffRequest, email_id: UUID) -> HttpResponse:
    """Show one mail, with the text that was sent if the folder of sent mails still has it."""
    # A secret mail opens something for its reader alone, so to staff it does not exist.
    row = get_object_or_404(Email.objects.exclude(kind__in=secret_kinds()), pk=email_id)
    record(actor_of(request), "read mail", row, patient=row.patient_id)
    return _mail_page(request, row, can_retry=upkeep.can_retry(row))


@desk_only
@require_POST
def send_again(request: StaffRequest, email_id: UUID) -> HttpResponse:
    """Send a mail once more that was sent or skipped, or say why it is not sent."""
    row = get_object_or_404(Email.objects.exclude(kind__in=secret_kinds()), pk=email_id)
    why_not = upkeep.send_again(email_id=row.pk, context=context_of(request))
    if why_not is not None:
        return _mail_page(request, row, why_not=words_for(why_not), status=409)
    messages.success(request, _("It goes with the next run, within seconds."))
    return redirect("desk_mail", row.pk)


def _mail_page(
    request: HttpRequest, row: Email, *, status: int = 200, **context: object
) -> HttpResponse:
    context |= {
        "row": row,
        "text": sent_text(row),
        "can_send_again": upkeep.can_send_again(row, timezone.now()),
    }
    return render(request, "booking/worklists/mail.html", context, status=status)


@desk_only
@require_POST
def let_mail_go(request: StaffRequest) -> HttpResponse:
    """Send what is held back after a long silence."""
    count = held_back.let_go(context=context_of(request))
    messages.success(
        request,
        ngettext("%(n)s mail goes with the next runs.", "%(n)s mails go with the next runs.", count)
        % {"n": count},
    )
    return redirect("desk_mails")


@desk_only
@require_POST
def leave_mail_unsent(request: StaffRequest) -> HttpResponse:
    """Settle the mails of before a restore without sending them."""
    count = held_back.leave_unsent(context=context_of(request))
    messages.success(
        request,
        ngettext("%(n)s mail stays unsent.", "%(n)s mails stay unsent.", count) % {"n": count},
    )
    return redirect("desk_mails")


@desk_only
@require_POST
def retry(request: StaffRequest, email_id: UUID) -> HttpResponse:
    """Send a mail again with the sender's next run, or say that it is too late for that."""
    row = get_object_or_404(Email.objects.exclude(kind__in=secret_kinds()), pk=email_id)
    now, actor = timezone.now(), actor_of(request)
    if upkeep.retry_now(email_id=row.pk, context=Context(actor, now)):
        messages.success(request, _("It goes with the next run, within seconds."))
        return redirect("desk_mails")
    row.refresh_from_db()
    return _mail_page(request, row, is_late=True, status=409)
