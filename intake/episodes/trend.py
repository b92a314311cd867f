"""The course of one episode: its forms in order, and the values later forms are compared with.

An episode starts with an intake; a repeated full intake belongs to it. Source:
docs/decisions/0018-episodes-and-check-ins.md.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from intake.triage.scores import SCORES

# A birth date so much later means another birth; a smaller difference is a corrected date.
ANOTHER_BIRTH = timedelta(days=120)
# The full intake at graduation still belongs to the episode. It is sent soon after the last visit.
STILL_GRADUATING = timedelta(days=28)

LEAKS_WITH_AMOUNT = ("cough", "impact", "lift", "urge", "no_reason", "stool")


@dataclass(frozen=True)
class Sent:
    """One sent form as the trend needs it.

    `key` orders forms sent at the same time. `scores` is None for a form that could not be judged.
    `answers` are the effective ones; `leak_when` and `leak_amount` are among those of a full
    intake. `visit` is the number of the visit before which a check-in was sent.
    """

    key: str
    sent_at: datetime
    is_full: bool
    scores: Mapping[str, int | None] | None
    birth_date: date | None = None
    leak_when: tuple[str, ...] = ()
    leak_amount: str | None = None
    visit: int | None = None
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """The end of a package, and whether all of its visits had taken place by then."""

    at: datetime
    is_finished: bool


def latest_episode(forms: Iterable[Sent], ends: Iterable[Ended]) -> Sequence[Sent]:
    """Return the forms of the patient's latest episode in the order they were sent.

    It is empty when there is no full intake. The end of a package closes an episode, and so does a
    new birth; the next full intake then begins another one.
    """
    episode: list[Sent] = []
    left = sorted(ends, key=lambda end: end.at)
    graduated_at: datetime | None = None
    is_over = False
    for form in sorted(forms, key=lambda form: (form.sent_at, form.key)):
        # Packages that ended before this form; the last of them counts.
        while left and left[0].at < form.sent_at:
            end = left.pop(0)
            is_over, graduated_at = True, end.at if end.is_finished else None
        if form.is_full and (is_over or not episode or _is_after_another_birth(form, episode)):
            if _is_graduation(form, graduated_at) and episode:
                graduated_at = None  # the one repeated intake; the next begins anew
            else:
                episode, is_over, graduated_at = [], False, None
        # A check-in before any full intake begins nothing.
        if episode or form.is_full:
            episode.append(form)
    return episode


def _is_graduation(form: Sent, graduated_at: datetime | None) -> bool:
    return graduated_at is not None and form.sent_at <= graduated_at + STILL_GRADUATING


def _is_after_another_birth(form: Sent, episode: Sequence[Sent]) -> bool:
    # A check-in asks for no birth date, so only full intakes have one.
    known = [one.birth_date for one in episode if one.birth_date is not None]
    return is_another_birth(form.birth_date, known[-1] if known else None)


def is_another_birth(birth: date | None, before: date | None) -> bool:
    """Tell whether a birth date is that of a later birth than `before`; not if one is missing."""
    return birth is not None and before is not None and birth - before >= ANOTHER_BIRTH


def previous_scores(forms: Sequence[Sent]) -> dict[str, int | None]:
    """Return each score's latest known value, None where none is known."""
    return {name: _first_known(name, reversed(forms)) for name in SCORES}


def first_scores(forms: Sequence[Sent]) -> dict[str, int | None]:
    """Return each score's first known value, None where none is known."""
    return {name: _first_known(name, forms) for name in SCORES}


def _first_known(name: str, forms: Iterable[Sent]) -> int | None:
    values = (form.scores.get(name) for form in forms if form.scores is not None)
    return next((value for value in values if value is not None), None)


def last_leak_amount(forms: Sequence[Sent]) -> str | None:
    """Return the amount that a check-in's leak score counts with; None counts as "wet".

    It is the amount ("drops", "wet" or "soak") of the latest intake that has one. Without any it is
    "drops" when the latest intake with leaking named only gas. Source:
    docs/clinical.md, "Scores".
    """
    intakes = [form for form in reversed(forms) if form.is_full]
    told = next((form.leak_amount for form in intakes if form.leak_amount), None)
    if told is not None:
        return told
    leaking = next((form.leak_when for form in intakes if set(form.leak_when) - {"none"}), ())
    is_gas_only = bool(leaking) and not set(leaking) & set(LEAKS_WITH_AMOUNT)
    return "drops" if is_gas_only else None
