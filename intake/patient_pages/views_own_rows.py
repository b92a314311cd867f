"""The page after a mailed code: her date of birth, then "Was this you?" about forms.

It tells the days of forms and nothing else of a row that is not hers yet.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.models.people import Patient
from clinic.ownership.browser import may_open, note, noted
from clinic.security.access import ROWS_TO_ASK, SESSION_PATIENT, mailbox_reader_only, staff_of
from clinic.security.birth_date_gate import (
    GATE,
    BirthDateForm,
    ask_birth_date,
    knows_birth_date_of,
    note_birth_date,
    refuse_date,
)
from clinic.security.requests import PublicRequest
from clinic.security.second_factor import rows_born_on
from clinic.web.form_layout import Tiles, laid_out
from clinic.web.paging import form_page
from intake.duplicates.own_rows import AskedRow, claim_rows, disown_row, rows_to_ask, unclaimed_rows

YES, NO = "yes", "no"
# Followed by the id of a row: this session gave the date of birth of that row.
BORN = "born "


class WasThisYouForm(forms.Form):
    """One question for each row, that may stay without an answer."""

    def __init__(self, rows: Sequence[AskedRow], data: Mapping[str, object] | None = None) -> None:
        super().__init__(data)
        for row in rows:
            self.fields[_field(row.id)] = forms.ChoiceField(
                label=_sent_on(row),
                choices=((YES, gettext_lazy("Yes, that was me")), (NO, gettext_lazy("No"))),
                widget=forms.RadioSelect,
                required=False,
            )
        self.helper = laid_out(*(Tiles(name) for name in self.fields))

    def rows_with(self, answer: str) -> list[UUID]:
        """Return the ids of the rows with this answer. Call it on a valid form only."""
        ids = {_field(key): key for key in map(_row_of, self.fields)}
        return [ids[name] for name, value in self.cleaned_data.items() if value == answer]


def _field(row_id: UUID) -> str:
    return f"row_{row_id}"


def _row_of(field: str) -> UUID:
    return UUID(field.removeprefix("row_"))


def _sent_on(row: AskedRow) -> str:
    days = ", ".join(date_format(day, "F j, Y") for day in row.dates)
    return _("Questions answered on %(days)s") % {"days": days}


@mailbox_reader_only
@require_http_methods(["GET", "HEAD", "POST"])
def own_rows(request: PublicRequest) -> HttpResponse:
    """Ask for the date of birth, make the rows hers that are, and ask about forms on others."""
    if request.patient is None:
        rows = _rows_known(request)
        if not rows:
            return _asked_birth_date(request)
    else:
        gate = ask_birth_date(request, request.patient)
        rows = list(unclaimed_rows(staff_of(request)).filter(born_on=request.patient.born_on))
        if gate is not None:
            if knows_birth_date_of(request, request.patient):
                _claim_unasked(request, rows)
            return gate
    asked = rows_to_ask(rows, but=_of_this_browser(request))
    # Asked once after each code: without an answer she may go on.
    request.session.pop(ROWS_TO_ASK, None)
    return _asked_about(request, asked) if asked else redirect(_back(request))


def _asked_birth_date(request: PublicRequest) -> HttpResponse:
    """Show the question of her date of birth; on POST, note the rows with it."""
    form = BirthDateForm(request.POST if GATE in request.POST else None)
    if form.is_bound and form.is_valid():
        rows = rows_born_on(
            patients=unclaimed_rows(staff_of(request)).values_list("pk", flat=True),
            given=form.cleaned_data["born_on"],
            context=context_of(request),
        )
        for row in rows:
            note(request, f"{BORN}{row.pk}", row.pk, row)
        if rows:
            _claim_unasked(request, rows)
            return redirect(request.get_full_path())
        refuse_date(form)
    return form_page(request, "intake/patient_pages/own_birth_date.html", form)


def _rows_known(request: PublicRequest) -> list[Patient]:
    """Return the rows whose date of birth this session gave, oldest first."""
    rows = unclaimed_rows(staff_of(request))
    return [row for row in rows if may_open(request, f"{BORN}{row.pk}", row.pk, row)]


def _of_this_browser(request: HttpRequest) -> set[UUID]:
    """Return the row that this browser made, by its form, before it signed in."""
    key = noted(request, SESSION_PATIENT)
    row = Patient.objects.filter(pk=key).first() if key else None
    is_its_own = row is not None and may_open(request, SESSION_PATIENT, row.pk, row)
    return {row.pk} if row is not None and is_its_own else set()


def _claim_unasked(request: PublicRequest, rows: Sequence[Patient]) -> None:
    """Make the rows hers on which no other browser filled in a form."""
    asked = {one.id for one in rows_to_ask(rows, but=_of_this_browser(request))}
    if hers := [row.pk for row in rows if row.pk not in asked]:
        _claim(request, hers)


def _claim(request: PublicRequest, row_ids: Sequence[UUID]) -> None:
    own = claim_rows(user=staff_of(request), row_ids=row_ids, context=context_of(request))
    if own is not None:
        # The browser that has just proved itself goes on: with the epoch that the row has now.
        own.refresh_from_db()
        note_birth_date(request, own)


def _asked_about(request: PublicRequest, asked: Sequence[AskedRow]) -> HttpResponse:
    """Show the days of the forms; on POST, merge what is hers and leave to staff what is not."""
    form = WasThisYouForm(asked, request.POST if "answers" in request.POST else None)
    if not form.is_bound or not form.is_valid():
        context = {"back": _back(request), "has_row": request.patient is not None}
        return form_page(request, "intake/patient_pages/was_this_you.html", form, **context)
    for row_id in form.rows_with(NO):
        disown_row(user=staff_of(request), row_id=row_id, context=context_of(request))
    if yes := form.rows_with(YES):
        _claim(request, yes)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return where she was going, or her visits."""
    back = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return back if back and is_ours else reverse("visits_home")
