"""The pages before the questions: what they are for, consent, and contact."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_http_methods

from clinic.audit.client_address import client_address
from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.heard_from.arriving import arrival_of, note_arrival
from clinic.identity.birth_dates import ADULT_AGE, age_on
from clinic.models.people import Patient, User
from clinic.people import sample_people as sample
from clinic.people.attaching import attach_row
from clinic.security.access import public
from clinic.security.birth_date_gate import note_birth_date
from clinic.security.rate_limits import is_over
from clinic.security.requests import PublicRequest
from clinic.web.paging import form_page
from intake.episodes.due_times import today
from intake.intakes.answering import IntakeContact, start_intake
from intake.intakes.consent_form import ConsentForm
from intake.online_intake.forms import ContactForm
from intake.online_intake.routing import next_page
from intake.online_intake.session import close_intake, intake_of, open_intake

CONSENT = "intake_consent"
# Whose link led to the form that is about to begin: the id of a HeardFrom.
CAME_BY = "intake_came_by"
# What the time is signed with at which the contact page was shown.
STAMP = "intake.contact"
# No person reads the contact page and fills it in faster than this.
FASTEST_SECONDS = 2
PAGES = "the questions are for everybody; what was answered stays with this browser session"


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: PublicRequest) -> HttpResponse:
    """Show what the form is for and ask for consent, before anything else is asked."""
    note_arrival(request)
    intake = intake_of(request)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # A draft stays open and goes on; after a sent form a new one begins.
        if intake is not None and intake.sent_at is not None:
            close_intake(request)
        request.session[CONSENT] = True
        if came_by := arrival_of(request).heard_from_id:
            request.session[CAME_BY] = came_by
        return redirect("intake_contact")
    return form_page(request, "intake/online_intake/welcome.html", form, intake=intake)


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: PublicRequest) -> HttpResponse:
    """Ask who the patient is and how to reach her; a signed-in patient is not asked again."""
    if not request.session.get(CONSENT):
        return redirect("intake_welcome")
    if (intake := intake_of(request)) is not None and intake.sent_at is None:
        return redirect(next_page(intake))
    now = timezone.now()
    if _is_signed_in_patient(request):
        with suppress(Patient.DoesNotExist):
            return _started(request, None, now=now)
        return redirect("intake_closed")  # erased a moment ago
    form = ContactForm(request.POST or None)
    if (reader := _reader_without_row(request)) is not None:
        # She has shown that she reads this mailbox, and signs in with it.
        form.fields["email"].initial, form.fields["email"].disabled = reader.email, True
    if request.method != "POST" or not form.is_valid():
        stamp = _stamp(request, now)
        return form_page(request, "intake/online_intake/contact.html", form, stamp=stamp)
    if age_on(form.cleaned_data["born_on"], today(now)) < ADULT_AGE:
        return redirect("intake_under_18")
    if is_over("intake_starts", client_address(request)):
        return too_many(request)
    return _started(request, form, now=now)


def _is_signed_in_patient(request: PublicRequest) -> bool:
    return (
        not isinstance(request.user, AnonymousUser)
        and not request.user.is_staff
        and request.patient is not None
    )


def _reader_without_row(request: PublicRequest) -> User | None:
    """Return the user who signed in by code and has no row, or None."""
    user = request.user
    if not isinstance(user, User) or user.is_staff or request.patient is not None:
        return None
    return user


def _started(request: PublicRequest, form: ContactForm | None, *, now: datetime) -> HttpResponse:
    context = Context(actor_of(request), now)
    wanted = ("name", "email", "phone", "born_on", "interpreter")
    intake = start_intake(
        contact=IntakeContact(**{name: form.cleaned_data[name] for name in wanted})
        if form
        else None,
        patient=None if form else request.patient,
        context=context,
        set_aside=form is not None and _came_from_a_machine(request, form),
        is_sample=settings.TRIAL and sample.is_loaded(),
        came_by_id=request.session.pop(CAME_BY, None),
    )
    # A new key, so that a session id somebody planted before opens nothing now.
    request.session.cycle_key()
    if (reader := _reader_without_row(request)) is not None:
        own = attach_row(user=reader, patient_id=intake.patient_id, context=context)
        intake.patient = own
        note_birth_date(request, own)
    open_intake(request, intake)
    return redirect(next_page(intake))


def _stamp(request: HttpRequest, now: datetime) -> str:
    """Return when the page was shown first, signed so that no machine can say it was earlier."""
    # What the page asks, a person may answer within a second.
    sent = request.POST.get("stamp", "")
    return sent if _shown_at(sent) else signing.dumps(int(now.timestamp()), salt=STAMP)


def _shown_at(stamp: str) -> int | None:
    """Return when a page with this stamp was shown (seconds since 1970), None for a false one."""
    try:
        return int(signing.loads(stamp, salt=STAMP))
    except signing.BadSignature:
        return None


def _came_from_a_machine(request: HttpRequest, form: ContactForm) -> bool:
    """Return whether the hidden field was filled in, or the page sent faster than a person can."""
    shown_at = _shown_at(request.POST.get("stamp", ""))
    if shown_at is None:
        return True
    took = timezone.now().timestamp() - shown_at
    return bool(form.cleaned_data["website"]) or took < FASTEST_SECONDS


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    """Show that too many forms were begun from one address; the page has the emergency lines."""
    page = render(request, "intake/online_intake/too_many.html", status=429)
    page["Retry-After"] = str(settings.LIMITS["intake_starts"][1])
    return page


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD"])
def under_18(request: PublicRequest) -> HttpResponse:
    """Show that these questions are for adults, and whom to call."""
    return render(request, "intake/online_intake/under_18.html")
