"""Ask a patient for her date of birth once per session, before pages with health data."""

from datetime import timedelta
from functools import wraps

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.audit.context import context_of
from clinic.identity.birth_dates import check_birth
from clinic.identity.date_field import ThreePartDateField
from clinic.models.people import Patient
from clinic.ownership.browser import may_open, note
from clinic.security.requests import P, PatientRequest, View
from clinic.security.second_factor import LOCKED, MOST_TRIES, knows_birth_date
from clinic.web.form_layout import lines
from clinic.web.paging import form_page

# The session key that holds the id of the patient whose date of birth was given.
KNOWN = "birth_date_known"
# Beside it, when that was: seconds since 1970.
KNOWN_AT = "birth_date_known_at"
# Before her whole record is shown the date must have been given within this time.
FRESH = timedelta(minutes=10)
# A hidden field of the gate's form, which tells it from a form of the page behind.
GATE = "birth_gate"
_METHODS = ("GET", "HEAD", "POST")


class BirthDateForm(forms.Form):
    """Ask for the date of birth, the second factor beside a mailed link."""

    born_on = ThreePartDateField(
        label=gettext_lazy("Your own date of birth"),
        own=True,
        limits=check_birth,
        # Nothing is stored: whether it is right is seen at once.
        asks=False,
        help_text=gettext_lazy("Month, day and year, for example 5 24 1992."),
        error_messages={"required": gettext_lazy("Enter your date of birth")},
    )
    helper = lines(["born_on"])


def ask_birth_date(
    request: HttpRequest,
    patient: Patient,
    *,
    within: timedelta | None = None,
    template: str = "clinic/security/birth_date_gate.html",
) -> HttpResponse | None:
    """Return a page that asks for the date of birth, or None if this session gave it already.

    With `within` it must have given it within that time. The form is posted to the address of the
    page behind it, and redirects there when it is right. `template` extends the page, for one that
    says something else in front of it.
    """
    if request.method not in _METHODS:
        return HttpResponseNotAllowed(_METHODS)
    is_answer = request.method == "POST" and GATE in request.POST
    if knows_birth_date_of(request, patient) and _is_fresh(request, within):
        # Pressed twice: the second press is none on the page behind.
        return redirect(request.get_full_path()) if is_answer else None
    form = BirthDateForm(request.POST if is_answer else None)
    if is_answer and form.is_valid() and is_hers(request, patient, form):
        note_birth_date(request, patient)
        return redirect(request.get_full_path())
    return form_page(request, template, form)


def knows_birth_date_of(request: HttpRequest, patient: Patient) -> bool:
    """Return whether this session gave the patient's date of birth since her row changed hands."""
    return may_open(request, KNOWN, patient.pk, patient)


def _is_fresh(request: HttpRequest, within: timedelta | None) -> bool:
    given_at = float(request.session.get(KNOWN_AT, 0))
    return within is None or timezone.now().timestamp() - given_at < within.total_seconds()


def note_birth_date(request: HttpRequest, patient: Patient) -> None:
    """Note that this session gave the date of birth of this patient."""
    note(request, KNOWN, patient.pk, patient)
    request.session[KNOWN_AT] = timezone.now().timestamp()


def after_birth_date(view: View[PatientRequest, P]) -> View[PatientRequest, P]:
    """Ask for the date of birth before the view of a signed-in patient runs."""

    @wraps(view)
    def inner(request: PatientRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return ask_birth_date(request, request.patient) or view(request, *args, **kwargs)

    return inner


def after_fresh_birth_date(view: View[PatientRequest, P]) -> View[PatientRequest, P]:
    """Ask for the date of birth before the view runs, if it was not given just now.

    For everything at once: who finds a browser open must not leave with it.
    """

    @wraps(view)
    def inner(request: PatientRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = ask_birth_date(request, request.patient, within=FRESH)
        return asked or view(request, *args, **kwargs)

    return inner


def is_hers(request: HttpRequest, patient: Patient, form: BirthDateForm) -> bool:
    """Return whether the date is hers. If not, add an error, the same for wrong and for locked."""
    is_right = knows_birth_date(
        patient_id=patient.pk,
        given=form.cleaned_data["born_on"],
        context=context_of(request),
    )
    if not is_right:
        refuse_date(form)
    return is_right


def refuse_date(form: BirthDateForm) -> None:
    """Add the error for a date that opens nothing: the same for a wrong one and while locked."""
    limits = {"tries": MOST_TRIES, "minutes": LOCKED.seconds // 60}
    words = _(
        "This does not open it. Check the date. After %(tries)s wrong tries wait"
        " %(minutes)s minutes"
    )
    form.add_error("born_on", words % limits)
