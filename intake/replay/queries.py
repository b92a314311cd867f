"""What the current rules would say about forms that were judged before. Writes nothing.

Opens sealed answers: the caller records it.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from intake.episodes.latest import episode_of
from intake.models import Intake
from intake.triage.evaluate import FINAL, NOT_JUDGED, evaluate_checkin, evaluate_intake
from intake.triage.rules import LEVELS, RED

log = logging.getLogger("run_ready.intake")

# Rows loaded at once. Each holds all answers of a form.
AT_A_TIME = 200


@dataclass(frozen=True)
class Replayed:
    """One form as it was judged and as it would be now: rule ids and levels, never an answer."""

    intake: str
    kind: str
    newly: tuple[str, ...]
    no_longer: tuple[str, ...]
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether any rule or the level differs."""
        return bool(self.newly or self.no_longer or self.before != self.after)

    @property
    def is_more_serious(self) -> bool:
        """Whether the level would be more serious than it was."""
        return LEVELS.index(self.after) < LEVELS.index(self.before)


def replayed(since: date | None = None) -> Iterator[Replayed]:
    """Yield every sent form that still counts, judged again as of its own day from what was sent.

    Forms that were corrected and flags that clinicians added are left out. A check-in is compared
    with the scores of its own time. Few rows are in memory at once. `since` is the first clinic
    date of judgement, by default there is none.
    """
    # A correction that is only a draft replaces nothing yet.
    # What an erased patient answered is gone.
    forms = Intake.objects.sent().filter(
        replaced_by__sent_at__isnull=True, patient__erased_at__isnull=True
    )
    if since is not None:
        forms = forms.filter(as_of__gte=since)
    # The id makes the order total. iterator() prefetches chunk by chunk.
    forms = forms.order_by("sent_at", "pk").prefetch_related("flags")
    for form in forms.iterator(chunk_size=AT_A_TIME):
        before = {flag.rule for flag in form.flags.all() if not flag.is_by_hand}
        after, level = _judged(form)
        yield Replayed(
            intake=str(form.pk),
            kind=form.kind,
            newly=tuple(sorted(after - before)),
            no_longer=tuple(sorted(before - after)),
            before=form.level,
            after=level,
        )


def _judged(form: Intake) -> tuple[set[str], str]:
    """Return the ids of the rules that fire now, and the level.

    A judgement that fails reads as red, as it does when a form is sent.
    """
    assert form.as_of is not None  # constraints say so of every sent form
    assert form.sent_at is not None
    try:
        if form.kind == Intake.Kind.INTAKE:
            result = evaluate_intake(form.raw, as_of=form.as_of, mode=FINAL)
            return set(result.flag_ids), result.level
        # As it was when the check-in was sent, without the check-in itself.
        episode = episode_of(form.patient_id, form.sent_at, without=form.pk)
        checked = evaluate_checkin(
            form.raw,
            as_of=form.as_of,
            previous_scores=episode.previous_scores,
            first_scores=episode.first_scores,
            last_leak_amount=episode.last_leak_amount,
        )
    except Exception:  # as in send_intake: one form must not end the replay of the others
        log.exception("intake %s could not be judged again", form.pk)
        return {NOT_JUDGED}, RED
    return set(checked.flag_ids), checked.level
