"""A patient's latest episode, read from her sent forms.

Reading it opens sealed answers, so callers record that in the audit trail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from booking.models import Enrollment
from intake.episodes.trend import Ended, Sent, first_scores, last_leak_amount, latest_episode
from intake.episodes.trend import previous_scores as latest_scores
from intake.models import Intake


@dataclass(frozen=True)
class Episode:
    """The forms of one episode in the order they were sent; empty without a sent intake."""

    forms: Sequence[Sent]

    @property
    def starts_at(self) -> datetime | None:
        """Return when the first form of the episode was sent (UTC), or None without one."""
        return self.forms[0].sent_at if self.forms else None

    @cached_property
    def previous_scores(self) -> Mapping[str, int | None]:
        """Return each score's latest known value, with which the next check-in is compared."""
        return latest_scores(self.forms)

    @cached_property
    def first_scores(self) -> Mapping[str, int | None]:
        """Return each score's first known value, against which a slow climb is seen."""
        return first_scores(self.forms)

    @property
    def last_leak_amount(self) -> str | None:
        """Return the amount for the next check-in's leak score; see `trend.last_leak_amount`."""
        return last_leak_amount(self.forms)

    def before(self, form: Intake) -> "Episode":
        """Return the episode as it was before this form of it; empty if it is not among them."""
        places = [place for place, one in enumerate(self.forms) if one.key == str(form.pk)]
        return Episode(self.forms[: places[0]] if places else ())

    @property
    def latest_intake(self) -> Sent | None:
        """Return the latest full intake of the episode, or None without one."""
        return next((form for form in reversed(self.forms) if form.is_full), None)

    @property
    def birth_date(self) -> date | None:
        """Return the latest birth date that an intake of the episode gave, or None."""
        known = (one.birth_date for one in reversed(self.forms) if one.birth_date is not None)
        return next(known, None)


def episode_of(patient_id: UUID, now: datetime, *, without: UUID | None = None) -> Episode:
    """Return the patient's latest episode as it was at `now`, without the form `without`.

    A form that a correction had replaced by then does not count. Takes two queries.
    """
    rows = Intake.objects.sent().filter(patient=patient_id, sent_at__lte=now)
    rows = rows.exclude(replaced_by__sent_at__lte=now)
    if without is not None:
        rows = rows.exclude(pk=without)
    forms = [_as_sent(row) for row in rows.select_related("appointment")]
    ends = Enrollment.objects.filter(patient=patient_id, ended_at__lte=now)
    ended = [
        Ended(at, ending == Enrollment.Ending.FINISHED)
        for at, ending in ends.values_list("ended_at", "ending")
        if at is not None
    ]
    return Episode(latest_episode(forms, ended))


def _as_sent(row: Intake) -> Sent:
    answers = row.answers or {}
    birth = answers.get("bg.birth_date")
    assert row.sent_at is not None  # episode_of asks for sent forms only
    return Sent(
        key=str(row.pk),
        sent_at=row.sent_at,
        is_full=row.kind == Intake.Kind.INTAKE,
        scores=row.scores,
        birth_date=date.fromisoformat(birth) if birth else None,
        leak_when=tuple(answers.get("leak.when", ())),
        leak_amount=answers.get("leak.amount"),
        visit=row.appointment.visit_number if row.appointment else None,
        answers=answers,
    )
