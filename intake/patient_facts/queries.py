"""The line of facts about one patient in words. Opens sealed answers: callers audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.models import Appointment
from clinic.templatetags.look import day, in_full
from intake.episodes.latest import Episode
from intake.episodes.trend import Sent, is_another_birth
from intake.patient_facts.facts import Answers, said
from intake.questionnaire.answers import parse_date


@dataclass(frozen=True)
class Fact:
    """One fact: what it is called and what is known; `words` is "" where nothing is."""

    name: str
    words: str


def facts_of(patient_id: UUID, episode: Episode, *, today: date, now: datetime) -> list[Fact]:
    """Return the nine facts that a clinician reads first, as they are known at `now`.

    They come from the forms of the episode. `today` is the clinic's date. One statement.
    """
    intakes = [form.answers for form in reversed(episode.forms) if form.is_full]
    stated = said(intakes, _checkins_since(episode))
    return [
        Fact(_("Since birth"), _since(episode.birth_date, today)),
        Fact(_("Birth"), _words(stated.delivery)),
        Fact(_("Tear"), _words(stated.tear)),
        Fact(_("Feeding"), _words(stated.feeding)),
        Fact(_("Cleared by"), _words(stated.cleared)),
        Fact(_("Running now"), _words(stated.running)),
        Fact(_("Goal"), _words(stated.goal)),
        Fact(_("Medicines, contraindications"), _words(stated.raised)),
        Fact(_("Next visit"), next_visit_words(patient_id, now)),
    ]


def with_draft(
    episode: Episode, draft: Answers, *, key: str, is_full: bool, now: datetime
) -> Episode:
    """Return the episode as if the draft with these effective answers were sent at `now`.

    What a full intake does not say yet counts as it did before, unless it is about another birth.
    """
    birth = parse_date(draft.get("bg.birth_date"))
    forms, before = episode.forms, episode.latest_intake
    if is_another_birth(birth, episode.birth_date):
        forms, before = (), None
    known = before.answers if before is not None and is_full else {}
    sent = Sent(
        key=key,
        sent_at=now,
        is_full=is_full,
        scores=None,
        birth_date=birth,
        answers={**known, **draft},
    )
    return Episode([*forms, sent])


def _checkins_since(episode: Episode) -> list[Answers]:
    """Return the answers of the check-ins sent after the latest full intake of the episode."""
    after = takewhile(lambda form: not form.is_full, reversed(episode.forms))
    return [form.answers for form in after]


def _words(texts: Sequence[str]) -> str:
    return "; ".join(_(text) for text in texts)


def _since(born: date | None, today: date) -> str:
    """Return "14 weeks, born Monday, February 1", "" without a birth date."""
    if born is None:
        return ""
    weeks = (today - born).days // 7
    words = ngettext("%(n)s week", "%(n)s weeks", weeks) % {"n": weeks}
    return _("%(weeks)s, born %(day)s") % {"weeks": words, "day": day(born)}


def next_visit_words(patient_id: UUID, now: datetime) -> str:
    """Return when the patient's next visit is, which one and with whom; "None booked" for none."""
    # One that goes on now is still the one to prepare for.
    visits = Appointment.objects.filter(
        patient=patient_id, status__in=("booked", "arrived"), ends_at__gt=now
    )
    visit = visits.select_related("service", "clinician").order_by("starts_at").first()
    return _("None booked") if visit is None else visit_words(visit)


def last_visit_words(patient_id: UUID) -> str:
    """Return when the patient's last completed visit was, which one and with whom; "" for none."""
    visits = Appointment.objects.filter(patient=patient_id, status="completed")
    visit = visits.select_related("service", "clinician").order_by("starts_at").last()
    return "" if visit is None else visit_words(visit)


def visit_words(visit: Appointment) -> str:
    """Return when a visit is, which one and with whom."""
    which = visit.service.name
    if visit.visit_number is not None:
        which = _("visit %(n)s") % {"n": visit.visit_number}
    return f"{in_full(visit.starts_at)}, {which}, {visit.clinician.name}"
