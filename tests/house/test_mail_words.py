"""No mail of any kind tells what the clinic treats: in no word, name, address or file."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from email.message import Message
from typing import Any, cast

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives

from booking.models import Appointment, EarlierWish, Policy, SlotOffer
from booking.policy import REMINDER_LEADS
from booking.questions.actions import send_questions
from booking.reminders.actions import (
    NEW_LINK,
    owe_all_cancelled,
    owe_all_moved,
    owe_cancelled,
    owe_confirmation,
    owe_plan,
    owe_promised,
)
from booking.reminders.again import owe_anew
from booking.waitlist.emails import owe_left, owe_offer, owe_taken
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.health_words import health_words
from clinic.messages.outbox import KINDS, owe
from clinic.messages.preferences import set_reminders
from clinic.models.messages import Email
from clinic.sign_in.notices import CHANGES, owe_notice, owe_password_link
from intake.drafts.actions import owe_link
from intake.intakes.intake_requests import ask_for_intakes
from intake.own_email.actions import ask_change
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.review.decisions import Marking, Verdict, sign_decision
from intake.urgent.escalation import escalate
from intake.whole_record.emails import owe_own_pages
from tests.booking.reminders.test_emails import (
    DAY,
    HOUR,
    MINUTE,
    STARTS,
    book,
    book_third_of_six,
    cancel,
    move,
    sent,
)
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.checkins.checking_in import make_package, make_visit
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    cast = make_cast()
    Policy.objects.update(reminder_lead_hours=list(REMINDER_LEADS))
    return cast


# --- Words that no mail may hold ----------------------------------------------------------------

# Words of the questionnaire that are also plain English. A new mail that uses another one fails
# until somebody has looked at the word.
ORDINARY = """
    a about after always am an and another answer any anything are as ask asked asks at away back be
    been before begin by call came can change changes charge comes crisis day did do does don’t each
    else emergency few first for form from get gets gives go goes had has have here hour hours if in
    is it itself just keep know late later look looked made make me minutes more move my need new
    next no nobody not nothing now of on once one only opening or other page please press read
    recovery say see seeing set short should shows sign since so somebody something sorry still stop
    stopped takes text than that the them then there these they this time times to today until up
    us used wait was we welcome were what when where who with without work works yes yet you
    your yours
"""


def questionnaire_words() -> set[str]:
    """Return every word of both questionnaires, as a patient reads them."""
    return {word for text in texts_of((INTAKE, CHECKIN)) for word in words(text)}


def texts_of(thing: Any) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            # Nobody reads an id, and "ci" may stand in any random address.
            if field.name != "id":
                yield from texts_of(getattr(thing, field.name))
    elif isinstance(thing, (tuple, list, set, frozenset)):
        for member in thing:
            yield from texts_of(member)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z][a-z’']+", text.lower())


def every_mail(people: Cast) -> list[EmailMultiAlternatives]:
    """Send and return a mail of every kind, for an evaluation and for a visit of a package."""
    visits = [book(people), book_third_of_six(people, starts_at=STARTS + DAY)]
    send_questions(patient=people.other_patient, context=Context(SYSTEM, NOW))
    owe_anew(NEW_LINK, visits[0], patient=visits[0].patient, now=NOW)
    moments = (NOW, STARTS - 2 * DAY, STARTS - DAY, STARTS - DAY + HOUR)
    messages = [message for now in moments for message in sent(now)]
    for visit in visits:
        move(visit, visit.starts_at + 2 * DAY, now=STARTS - DAY)
        messages += sent(STARTS - DAY + 5 * MINUTE)
        # Of two visits, then of the one that is left.
        owe_promised(visit, now=STARTS - DAY + 5 * MINUTE)
        messages += sent(STARTS - DAY + 8 * MINUTE)
        cancel(visit, by_clinic=visit.visit_number is None, now=STARTS - DAY)
        messages += sent(STARTS - DAY + 10 * MINUTE)
    code = {"code": "482913"}
    owe(kind="sign_in_code", about="y", user=people.manager, due_at=NOW, payload=code)
    owe(kind="staff_look", about="z", user=people.manager, due_at=NOW)
    owe(kind="mail_test", about="t", user=people.manager, due_at=NOW)
    owe(kind="emergency_access", about="e", user=people.admin, due_at=NOW)
    with time_machine.travel(STARTS, tick=False):
        for change in CHANGES:
            owe_notice(change, people.manager)
        owe_password_link(people.manager, now=STARTS)
    return messages + sent(STARTS) + of_intakes(people)


def of_intakes(people: Cast) -> list[EmailMultiAlternatives]:
    """Send the mails about intakes: sent, left unfinished, urgent, decided and overdue."""
    now = STARTS + 10 * DAY
    torn = make_intake(patient=people.patient, now=now, **TORN)
    messages = sent(Email.objects.get(kind="read_by").due_at)
    sign_decision(
        intake_id=torn.pk,
        version=torn.version,
        verdict=Verdict({flag.rule: Marking("reviewed") for flag in torn.flags.to_mark()}, "none"),
        clinician=people.clinician.user,
        context=Context(SYSTEM, now),
    )
    owe_own_pages(people.patient, now=now)
    patient = people.patient
    patient.refresh_from_db()
    ask_change(
        patient_id=patient.pk, epoch=patient.epoch, email="new@example.test",
        context=Context(SYSTEM, now),
    )  # fmt: skip
    draft = make_intake(patient=people.patient, now=now, send=False)
    owe_link(intake_id=draft.pk, context=Context(SYSTEM, now))
    messages += sent(now + 2 * MINUTE)
    make_intake(patient=people.other_patient, now=now, send=False, **FEVERISH)
    later = now + 4 * DAY
    escalate(now=later)
    messages += sent(later)
    package = make_package(people.other_patient, now=now + DAY)
    make_visit(package, people.clinician, 1, now + 2 * DAY, status="completed")
    coming = make_visit(package, people.clinician, 2, now + 60 * DAY)
    ask_for_intakes(now=coming.starts_at - 10 * DAY)
    messages += sent(coming.starts_at - 10 * DAY)
    later = make_visit(package, people.clinician, 3, now + 70 * DAY)
    owe_plan(package, [coming, later], now=now + DAY)
    owe_all_moved([coming, later], now=now + DAY - 3 * MINUTE)
    off = [make_visit(package, people.clinician, n, now + n * 20 * DAY) for n in (4, 5)]
    Appointment.objects.filter(visit_number__gte=4).update(status="cancelled", cancelled_at=now)
    owe_all_cancelled(off, now=now)
    offer = earlier_time(people, coming)
    owe_offer(offer, now=now + DAY)
    messages += sent(now + DAY)
    return messages + of_answers(people, offer, earlier_time(people, later), coming, now=now + DAY)


def of_answers(
    people: Cast, taken: SlotOffer, left: SlotOffer, visit: Appointment, *, now: datetime
) -> list[EmailMultiAlternatives]:
    """Send the mails about answered offers, a visit to confirm, and reminders that are off."""
    owe_confirmation(visit, now=now)
    Appointment.objects.filter(pk=visit.pk).update(confirm_by=now + HOUR, network_key="x")
    messages = sent(now)
    for offer, outcome in ((taken, "accepted"), (left, "declined")):
        offer.outcome, offer.closed_at, offer.visit = outcome, now, visit
        offer.expires_at = now + HOUR
        offer.moved_from = visit.starts_at
        offer.save()
    owe_taken(taken, visit, now=now)
    owe_left(left, now=now)
    fields = {"status": "cancelled", "cancelled_by_clinic": True, "cancelled_at": now}
    Appointment.objects.filter(pk=visit.pk).update(**fields)
    visit.refresh_from_db()
    owe_cancelled(visit, now=now)
    set_reminders(patient_id=people.patient.pk, wanted=False, context=Context(SYSTEM, now))
    return messages + sent(now + 4 * MINUTE)


def earlier_time(people: Cast, visit: Appointment) -> SlotOffer:
    """Offer an earlier time to a patient on the waitlist."""
    wish = EarlierWish.objects.create(patient=people.patient, service=visit.service, made_at=STARTS)
    starts_at = visit.starts_at - 20 * DAY
    hold = make_appointment(
        patient=people.patient,
        clinician=people.clinician,
        starts_at=starts_at,
        status="held",
        holder_key="offer",
        hold_until=STARTS + 12 * DAY,
    )
    return SlotOffer.objects.create(
        wish=wish,
        hold=hold,
        priority=1,
        waiting_then=1,
        clinician=people.clinician,
        starts_at=starts_at,
        offered_at=STARTS + 11 * DAY,
        expires_at=STARTS + 11 * DAY + 2 * HOUR,
    )


def everything_in(message: EmailMultiAlternatives) -> str:
    """Return everything that can be read in the mail, with headers and files."""
    whole = cast(Message, message.message())
    parts = [f"{name}: {whole[name]}" for name in ("Subject", "From", "To", "Message-ID")]
    for part in whole.walk():
        if not part.is_multipart():
            text = cast(bytes, part.get_payload(decode=True)).decode()
            # Calendar files fold long lines, even in the middle of a link.
            is_calendar = part.get_content_type() == "text/calendar"
            parts.append(re.sub(r"\r?\n[ \t]", "", text) if is_calendar else text)
    return re.sub(r"<style.*?</style>", "", "\n".join(parts), flags=re.DOTALL)


def test_no_mail_of_any_kind_tells_what_the_clinic_treats(people: Cast) -> None:
    people.clinician.name = "Dr. Keane"
    people.clinician.save()
    messages = every_mail(people)
    assert set(Email.objects.filter(status="sent").values_list("kind", flat=True)) == set(KINDS)
    telling = questionnaire_words() - set(ORDINARY.split())
    assert len(telling) > 500
    found = set()
    for message in messages:
        # Left out: what is random in links (a user's number 450 is "ci" there), the recipients' own
        # addresses, and HTML tags.
        seen = re.sub(r"/l/\S+|/key/\S+|\S+@\S+|<[^>]*>", " ", everything_in(message))
        assert health_words(seen) == []
        found |= set(words(seen)) & telling
        assert people.patient.name not in seen
    assert sorted(found) == []
