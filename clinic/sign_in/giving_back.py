"""Middleware: give back what was typed into a form that came after its session had ended."""

from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from clinic.kept_forms.actions import (
    LIFE,
    erase_sent,
    follow,
    is_of_page,
    kept_for,
    typed_in,
)
from clinic.kept_forms.browser import (
    KEPT,
    forget_kept,
    last_person,
    note_kept,
    note_person,
)
from clinic.kept_forms.never_kept import GATES
from clinic.kept_forms.refilling import refilled, with_notice
from clinic.models.kept_forms import KeptForm
from clinic.models.people import Patient, User
from clinic.ownership.browser import may_open, noted
from clinic.security.access import SESSION_PATIENT, signed_out_page
from clinic.security.birth_date_gate import KNOWN
from clinic.web.unattended import wants_part


class GivingBackMiddleware:
    """Fill in the form of a page with what its owner typed before she was signed out.

    Only for the person it was kept for, and only in the browser it was kept in. A form that she
    sends again is erased; one that she does not open is erased after LIFE.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if _came_too_late(request, answer):
            answer = signed_out_page(request, "account_request_login_code")
        if person := _person_of(request):
            note_person(request, answer, person)
        if hasattr(request, "has_kept_form"):
            note_kept(answer, int(LIFE.total_seconds()))
        elif person and KEPT in request.COOKIES and not wants_part(request) and _is_still(request):
            return _given_back(request, answer)
        return answer


def _came_too_late(request: HttpRequest, answer: HttpResponse) -> bool:
    """Tell whether a page was refused as not hers only because her session is over.

    Pages that a private link or the patient's own session opens are a 404 without either.
    """
    return (
        request.method == "POST"
        and answer.status_code == 404
        and request.resolver_match is not None
        and request.session.is_empty()
        and bool(last_person(request))
    )


def _person_of(request: HttpRequest) -> str:
    """Return who this session belongs to, as in the audit trail, or "".

    Without signing in it is the patient of the form that was begun, or the one who gave her date of
    birth beside a private link.
    """
    if request.session.is_empty():
        return ""
    if isinstance(request.user, User):
        return f"user:{request.user.pk}"
    patient = _session_patient(request)
    return f"patient:{patient}" if patient else ""


def _is_still(request: HttpRequest) -> bool:
    """Return whether the session may still open what is the person's: her row changed no hands."""
    if isinstance(request.user, User):
        return True
    key = _session_patient(request)
    patient = Patient.objects.filter(pk=key).first()
    return patient is not None and any(
        may_open(request, name, key, patient) for name in (SESSION_PATIENT, KNOWN)
    )


def _session_patient(request: HttpRequest) -> str:
    return noted(request, SESSION_PATIENT) or noted(request, KNOWN)


def _persons_of(request: HttpRequest) -> Sequence[str]:
    """Return every name this person has in kept forms: before signing in she was only a patient."""
    person = _person_of(request)
    if isinstance(request.user, User):
        own = Patient.objects.filter(user=request.user)
    else:
        own = Patient.objects.filter(pk=_session_patient(request))
    # Signing in may have joined the row she had before to another.
    rows = own | Patient.objects.filter(merged_into__in=own.values("pk"))
    return [person, *(f"patient:{pk}" for pk in rows.values_list("pk", flat=True))]


def _given_back(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    now, persons = timezone.now(), _persons_of(request)
    if request.method == "POST":
        # Done with: it was accepted, or its page shows what was typed and what is wrong with it.
        is_done = answer.status_code < 400 or answer.status_code in (409, 422)
        # The date of birth is sent to the address of the page behind it.
        if is_done and not GATES & request.POST.keys():
            erase_sent(persons, request.path, now=now)
        return answer
    rows = kept_for(persons, now=now)
    if not rows:
        forget_kept(answer)
    row = next((one for one in rows if is_of_page(one, request.path)), None)
    if row is None or request.method != "GET" or answer.status_code >= 500:
        return answer
    if 300 <= answer.status_code < 400:
        follow(row, urljoin(request.path, answer["Location"]))
        return answer
    return _filled_in(request, answer, row)


def _filled_in(request: HttpRequest, answer: HttpResponse, row: KeptForm) -> HttpResponse:
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return answer
    if not answer.content:
        # A page that can be sent but not opened.
        page = render_to_string("clinic/kept_forms/typed.html", {}, request)
        answer = HttpResponse(page)
    found = refilled(answer.content.decode(), request.path, typed_in(row))
    if found.is_gate:
        return answer
    notice = render_to_string("clinic/kept_forms/notice.html", {"found": found})
    answer.content = with_notice(found.html, notice).encode()
    return answer
