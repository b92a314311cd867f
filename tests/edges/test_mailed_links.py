"""Open every kind of mailed link and press the first button: no table changes.

Programs that check mail open links, some run scripts, and some press the first button they find.
"""

from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.db.models import Model
from django.test import Client

from booking.appointments.changes import cancel_appointment
from booking.models import Appointment, EarlierWish, SlotOffer
from booking.waitlist.actions import accept_offer, decline_offer
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.preferences import set_reminders
from clinic.models.audit import AuditEvent
from clinic.models.limits import RateCount
from clinic.security import link_pages
from clinic.security.private_links import issue
from clinic.sign_in.notices import password_link
from intake.models import EmailChange
from intake.own_email.actions import ask_change, say_yes
from intake.own_email.sides import Side
from tests.cast import Cast, make_cast
from tests.edges.fields.targets import come_to, filled, rolled_back, send, targets
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.review.reviewing import make_intake
from tests.rounds import promises_in_full

pytestmark = [pytest.mark.django_db, *promises_in_full()]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONTEXT = Context(SYSTEM, NOW)
# What it is for to be written when somebody only looks.
LOOKING = {AuditEvent, RateCount}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def visit_link(cast: Cast, *, starts_in: timedelta = 8 * DAY + HOUR, **fields: object) -> str:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + starts_in, **fields
    )
    if fields.get("status") == "cancelled":
        Appointment.objects.filter(pk=visit.pk).update(cancelled_at=NOW)
    about = f"appointment:{visit.pk}"
    return issue(purpose="manage_visit", about=about, patient=cast.patient, expires_at=None)


def cancelled(cast: Cast) -> str:
    link = visit_link(cast)
    visit = Appointment.objects.get()
    cancel_appointment(appointment_id=visit.pk, rev=0, context=CONTEXT)
    return link


def unconfirmed(cast: Cast) -> str:
    return visit_link(cast, confirm_by=NOW + 12 * HOUR, network_key="x")


def reminders(cast: Cast, *, wanted: bool) -> str:
    set_reminders(patient_id=cast.patient.pk, wanted=wanted, context=CONTEXT)
    about = f"patient:{cast.patient.pk}"
    return issue(purpose="unsubscribe", about=about, patient=cast.patient, expires_at=None)


def offer_link(cast: Cast, *, later: bool = True, answer: str = "") -> str:
    """Offer an earlier time, in place of a later visit or of none, and answer it if asked."""
    make_referral(patient=cast.patient)
    at = {"patient": cast.patient, "clinician": cast.clinician}
    if later:
        make_appointment(starts_at=NOW + 28 * DAY, **at)
    starts_at, expires_at, key = NOW + 3 * DAY, NOW + 2 * HOUR, uuid4()
    held = {"status": "held", "holder_key": f"offer:{key}", "hold_until": expires_at}
    hold = make_appointment(starts_at=starts_at, **held, **at)
    wish = EarlierWish.objects.create(patient=cast.patient, service=hold.service, made_at=NOW)
    offer = SlotOffer.objects.create(
        id=key, wish=wish, hold=hold, priority=3, waiting_then=1, starts_at=starts_at,
        clinician=cast.clinician, offered_at=NOW, expires_at=expires_at,
    )  # fmt: skip
    if answer:
        {"accepted": accept_offer, "declined": decline_offer}[answer](
            offer_id=offer.pk, context=CONTEXT
        )
        assert SlotOffer.objects.get().outcome == answer
    about = f"offer:{offer.pk}"
    return issue(purpose="slot_offer", about=about, patient=cast.patient, expires_at=None)


def check_in(cast: Cast) -> str:
    referral = make_referral(patient=cast.patient)
    package = make_enrollment(patient=cast.patient, referral=referral)
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 2 * DAY, service="rr2",
        visit_number=2, enrollment=package,
    )  # fmt: skip
    about = f"check-in:{visit.pk}"
    return issue(purpose="check_in", about=about, patient=cast.patient, expires_at=None)


def resume(cast: Cast, *, send: bool = False) -> str:
    draft = make_intake(patient=cast.patient, send=send)
    about = f"intake:{draft.pk}"
    return issue(purpose="resume", about=about, patient=cast.patient, expires_at=None)


def questions(cast: Cast) -> str:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 2 * DAY)
    about = f"questions:{cast.patient.pk}"
    return issue(purpose="questions", about=about, patient=cast.patient, expires_at=None)


def email_change(cast: Cast, purpose: str, *, act: Any = None) -> str:
    change = ask_change(
        patient_id=cast.patient.pk, epoch=0, email="new@example.test", context=CONTEXT
    )
    if act:
        act(change)
    about = f"email-change:{change.pk}"
    return issue(
        purpose=purpose, about=about, patient=cast.patient, expires_at=None, to_any_address=True
    )


def yes_said(cast: Cast) -> str:
    def act(change: EmailChange) -> None:
        say_yes(change_id=change.pk, side=Side.NEW, context=CONTEXT)

    return email_change(cast, "email_yes_new", act=act)


# The purpose of each link with the states of what it opens.
LINKS = {
    "manage_visit: booked": visit_link,
    "manage_visit: today": lambda cast: visit_link(cast, starts_in=3 * HOUR),
    "manage_visit: not confirmed yet": unconfirmed,
    "manage_visit: cancelled": cancelled,
    "manage_visit: no reminders": lambda cast: (reminders(cast, wanted=False), visit_link(cast))[1],
    "unsubscribe: wanted": lambda cast: reminders(cast, wanted=True),
    "unsubscribe: stopped": lambda cast: reminders(cast, wanted=False),
    "slot_offer: in place of a later visit": offer_link,
    "slot_offer: of a first one": lambda cast: offer_link(cast, later=False),
    "slot_offer: taken": lambda cast: offer_link(cast, answer="accepted"),
    "slot_offer: taken first": lambda cast: offer_link(cast, later=False, answer="accepted"),
    "slot_offer: left": lambda cast: offer_link(cast, answer="declined"),
    "check_in: open": check_in,
    "resume: begun": resume,
    "questions: missing": questions,
    "resume: sent": lambda cast: resume(cast, send=True),
    "email_yes_old: open": lambda cast: email_change(cast, "email_yes_old"),
    "email_yes_new: open": lambda cast: email_change(cast, "email_yes_new"),
    "email_yes_new: said": yes_said,
    "email_not_me: open": lambda cast: email_change(cast, "email_not_me"),
    "password: staff": lambda cast: password_link(cast.manager),
}


def test_every_kind_of_link_is_in_the_table() -> None:
    kinds = {name.partition(":")[0] for name in LINKS}
    assert kinds == {*link_pages._DESTINATIONS, "password"}


class Reader(HTMLParser):
    """Collects what can be pressed on a page, in order: links that look like buttons, buttons."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.is_main = address, False
        self.form: dict[str, str] = {}
        self.target, self.method = address, "get"
        self.found: list[tuple[str, str, str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "main":
            self.is_main = True
        if not self.is_main:
            return
        if tag == "form":
            self.form = {}
            self.target = urljoin(self.address, given.get("action") or self.address)
            self.method = given.get("method", "get").lower()
        elif tag == "input":
            self.form[given.get("name", "")] = given.get("value", "")
        elif tag == "a" and "btn" in given.get("class", "").split():
            self.found.append(("link", "get", urljoin(self.address, given["href"]), {}))
        elif tag == "button":
            pressed = {given["name"]: given.get("value", "")} if "name" in given else {}
            sent = {**self.form, **pressed}
            self.found.append(("button", self.method, self.target, sent))


def tables() -> dict[type[Model], list[object]]:
    """Return every row of every table of the product."""
    models = [one for one in apps.get_models(include_auto_created=True) if one not in LOOKING]
    return {
        one: sorted(one._base_manager.values_list(), key=repr)
        for one in models
        if one._meta.label != "clinic.StoredSession"
    }


@pytest.mark.parametrize("which", ["the first of all", "the first that sends"])
@pytest.mark.parametrize("kind", LINKS)
def test_the_first_button_changes_nothing(kind: str, which: str) -> None:
    link, before = LINKS[kind](make_cast()), tables()
    program = Client()
    answer = program.get(urlsplit(link).path, follow=True)
    assert answer.status_code == 200, kind
    assert tables() == before
    page = Reader(answer.request["PATH_INFO"])
    page.feed(answer.content.decode())
    wanted = [one for one in page.found if which != "the first that sends" or one[0] == "button"]
    for _kind, method, address, sent in wanted[:1]:
        path = urlsplit(address)
        if path.scheme and path.scheme != "http":
            continue
        where = f"{path.path}?{path.query}" if path.query else path.path
        pressed = program.post(where, sent) if method == "post" else program.get(where, sent)
        assert pressed.status_code < 500
    changed = {one._meta.label for one, rows in tables().items() if rows != before[one]}
    assert changed == set()


@pytest.mark.parametrize(
    "kind",
    [kind for kind in LINKS if kind.startswith(("unsub", "slot", "email")) and "said" not in kind],
)
def test_there_is_something_to_press(kind: str) -> None:
    """The test above would say nothing of a page without any button."""
    answer = Client().get(urlsplit(LINKS[kind](make_cast())).path, follow=True)
    page = Reader(answer.request["PATH_INFO"])
    page.feed(answer.content.decode())
    assert page.found or "Take it back" in answer.content.decode()


# What every visitor can send without a link: each code or link asked for is one to send, and a
# question page keeps when it was saved last.
ANYBODYS = ("/accounts/", "/intake/link/", "/intake/safety/")
# A check-in is saved page by page, as often as she likes; it is sent once.
SAVED_AGAIN = {"/visits/check-in/": {"intake.Intake"}}


@pytest.mark.parametrize("kind", LINKS)
def test_what_is_sent_twice_changes_once(kind: str) -> None:
    """Every form behind the link: a double press, the back button, a program that tries again."""
    client = Client()
    answer = client.get(urlsplit(LINKS[kind](make_cast())).path, follow=True)
    for target in targets(client, [answer.request["PATH_INFO"]], 2, most=1):
        if target.form.method != "post":
            continue
        with rolled_back(client):
            form = come_to(client, target)
            if form is None or form.action.startswith(ANYBODYS):
                continue
            send(client, form, filled(form))
            once = tables()
            again = send(client, form, filled(form))
            assert again.status_code < 500
            changed = {one._meta.label for one, rows in tables().items() if rows != once[one]}
            usual = [kept for start, kept in SAVED_AGAIN.items() if form.action.startswith(start)]
            assert changed <= set().union(*usual), f"{form.action} {form.buttons}"
