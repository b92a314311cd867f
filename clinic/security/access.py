"""Decorators that say who may use a view. Each view has one; clinic/checks.py makes sure of it.

Django's `LoginRequiredMiddleware` closes a view that has none. An anonymous visitor is sent to sign
in, and a signed-in user with the wrong role gets 403. What belongs to somebody else is a 404,
because views start each query from the person.
"""

from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from clinic.audit.record import actor_of, record
from clinic.kept_forms.actions import keep, page_of, typed_fields
from clinic.kept_forms.refilling import in_words
from clinic.models.people import Patient, User
from clinic.ownership.browser import may_open, note, noted
from clinic.security.requests import (
    ClinicianRequest,
    P,
    PatientRequest,
    PublicRequest,
    S,
    SessionRequest,
    StaffRequest,
    View,
)
from clinic.web.unattended import led_to

# The session key under which a new intake stores its patient.
SESSION_PATIENT = "patient"
# In the session after a mailed code until she was asked about forms that she may have sent.
ROWS_TO_ASK = "rows_to_ask"
# The page on which a mailed code and a date of birth make rows hers.
OWN_ROWS = "/visits/yours/"


def public(*, reason: str) -> Callable[[View[PublicRequest, P]], View[HttpRequest, P]]:
    """Let in everybody; `reason` says why that is right. Sets `request.patient` (may be None)."""

    def decorate(view: View[PublicRequest, P]) -> View[HttpRequest, P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            public_request = cast("PublicRequest", request)
            public_request.patient = session_patient(request)
            return view(public_request, *args, **kwargs)

        return _marked(inner, f"public: {reason}")

    return decorate


def session_patient(request: HttpRequest) -> Patient | None:
    """Return the patient for whom this session may speak, or None.

    She signed in by code, or began an intake in this session and her row has not changed hands
    since. No other place answers this.
    """
    if request.user.is_authenticated:
        return Patient.objects.current().filter(user=request.user).first()
    key = noted(request, SESSION_PATIENT)
    patient = Patient.objects.current().filter(pk=key).first() if key else None
    if patient is None or not may_open(request, SESSION_PATIENT, key, patient):
        return None
    return patient


def speak_for(request: HttpRequest, patient: Patient) -> None:
    """Let this session speak for the patient until her row changes hands."""
    note(request, SESSION_PATIENT, patient.pk, patient)


def patient_only(view: View[PatientRequest, P]) -> View[HttpRequest, P]:
    """Let in a patient who began an intake in this session or signed in by code."""
    return _patient(view, must_sign_in=False)


def signed_in_patient_only(view: View[PatientRequest, P]) -> View[HttpRequest, P]:
    """Let in a patient who signed in by code."""
    return _patient(view, must_sign_in=True)


def mailbox_reader_only(view: View[PublicRequest, P]) -> View[HttpRequest, P]:
    """Let in who signed in by a mailed code, whether or not a patient's row is hers yet."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request, "account_request_login_code")
        if request.user.is_staff:
            raise _denied(request, view)
        public_request = cast("PublicRequest", request)
        public_request.patient = session_patient(request)
        return view(public_request, *args, **kwargs)

    return _marked(inner, "signed in by code")


def clinician_only(view: View[ClinicianRequest, P]) -> View[HttpRequest, P]:
    """Let in active clinicians. Sets `request.clinician`."""
    # _staff sets request.clinician to None for others, but lets none of them in here.
    of_staff = cast("View[StaffRequest, P]", view)
    return _staff(of_staff, "clinician", lambda user: user.is_clinician)


def desk_only(view: View[StaffRequest, P]) -> View[HttpRequest, P]:
    """Let in practice managers."""
    return _staff(view, "manager", lambda user: user.is_manager)


def any_staff(view: View[StaffRequest, P]) -> View[HttpRequest, P]:
    """Let in all staff, also before a second factor is set up. For pages without patient data."""
    return _staff(view, "own sign-in", lambda user: user.is_staff, needs_strong_sign_in=False)


def access_admin_only(view: View[StaffRequest, P]) -> View[HttpRequest, P]:
    """Let in access administrators, who manage users and see no patient data."""
    return _staff(view, "access admin", lambda user: user.is_access_admin)


def managing_only(view: View[StaffRequest, P]) -> View[HttpRequest, P]:
    """Let in practice managers and access administrators. For pages without patient data."""
    return _staff(
        view, "manager or access admin", lambda user: user.is_manager or user.is_access_admin
    )


def staff_only(view: View[StaffRequest, P]) -> View[HttpRequest, P]:
    """Let in clinicians and practice managers."""
    return _staff(view, "staff", lambda user: user.is_clinician or user.is_manager)


def after_reauthentication(view: View[S, P]) -> View[S, P]:
    """Ask for a code or a passkey before the view runs, if the last one was a while ago.

    For whatever gives access, and for files with the data of patients. A password is enough only
    for who has no second factor: a trial's sample users.
    """
    guarded: View[S, P] = reauthentication_required(view)
    return guarded


def staff_of(request: HttpRequest) -> User:
    """Return the signed-in user. Call it only in views that let in staff or signed-in patients."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def _patient(view: View[PatientRequest, P], *, must_sign_in: bool) -> View[HttpRequest, P]:
    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        # Staff do not act as patients with the sign-in they work with.
        if request.user.is_authenticated and request.user.is_staff:
            raise _denied(request, view)
        patient = session_patient(request)
        # Signed in by code, but no row is hers yet, or she has not been asked about some.
        if request.user.is_authenticated and (patient is None or _has_rows_to_ask(request)):
            return _to_own_rows(request)
        if patient is None or (must_sign_in and not request.user.is_authenticated):
            return to_sign_in(request, "account_request_login_code")
        patient_request = cast("PatientRequest", request)
        patient_request.patient = patient
        return view(patient_request, *args, **kwargs)

    return _marked(inner, "signed-in patient" if must_sign_in else "patient")


def _has_rows_to_ask(request: HttpRequest) -> bool:
    return request.method == "GET" and ROWS_TO_ASK in request.session


def _to_own_rows(request: HttpRequest) -> HttpResponse:
    query = {"next": request.get_full_path()} if request.method == "GET" else {}
    # By path: the page is of an app above, whose names this one does not know.
    return led_to(request, f"{OWN_ROWS}?{urlencode(query)}")


def _staff(
    view: View[StaffRequest, P],
    audience: str,
    may_enter: Callable[[User], bool],
    *,
    needs_strong_sign_in: bool = True,
) -> View[HttpRequest, P]:
    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return to_sign_in(request, "account_login")
        if not may_enter(user):
            raise _denied(request, view)
        if needs_strong_sign_in and not has_strong_sign_in(user):
            return led_to(request, resolve_url("mfa_activate_totp"))
        staff_request = cast("StaffRequest", request)
        staff_request.clinician = user.clinician_or_none
        return view(staff_request, *args, **kwargs)

    return _marked(inner, audience)


def has_strong_sign_in(user: User) -> bool:
    """Return whether this member of staff has a second factor; a trial's sample users need none."""
    return bool((settings.TRIAL and user.is_sample) or is_mfa_enabled(user))


def _denied(request: HttpRequest, view: Callable[..., HttpResponse]) -> PermissionDenied:
    """Record that the request was refused, and return the exception to raise."""
    record(actor_of(request), "enter", allowed=False, reason=view.__name__)
    return PermissionDenied()


def to_sign_in(request: HttpRequest, url_name: str) -> HttpResponse:
    """Redirect to sign in and then back to this page; after a POST, keep what was typed."""
    if request.method != "GET":
        return signed_out_page(request, url_name)
    query = {"next": request.get_full_path()}
    if cast("SessionRequest", request).session_ended:
        query["ended"] = "1"
    return led_to(request, f"{resolve_url(url_name)}?{urlencode(query)}")


def signed_out_page(request: HttpRequest, url_name: str) -> HttpResponse:
    """Return the page that says nothing was saved yet, and that what was typed comes back.

    Without a person to keep it for, the page shows it to be copied.
    """
    is_kept = keep(request)
    back = page_of(request) if "referer" in request.headers else resolve_url("after_sign_in")
    context = {
        "sign_in_url": f"{resolve_url(url_name)}?{urlencode({'next': back})}",
        "is_kept": is_kept,
        "typed": []
        if is_kept
        else [(in_words(name), values) for name, values in typed_fields(request).items()],
    }
    # Not 200: nothing was done. Not 401 either, for which a browser would need to be told how.
    return render(request, "clinic/kept_forms/signed_out.html", context, status=403)


def _marked(view: View[HttpRequest, P], audience: str) -> View[HttpRequest, P]:
    """Write the audience on the view for clinic/checks.py, and take it over from the middleware."""
    vars(view)["audience"] = audience
    return login_not_required(view)
