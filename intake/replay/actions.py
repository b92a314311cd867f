"""Store the result of a replay."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from intake.models import Replay
from intake.replay.queries import Replayed
from intake.triage.rules import RULES_VERSION


@retried
def store_replay(
    *, judged: int, changes: Sequence[Replayed], since: date | None, context: Context
) -> Replay:
    """Store the result with the version of the rules, and record that answers were read for it.

    `judged` is the number of all forms, `changes` are those that would be judged differently. No
    form, flag, queue or referral is touched.
    """
    replay = Replay.objects.create(
        rules_version=RULES_VERSION,
        since=since,
        replayed_at=context.now,
        judged=judged,
        changed=len(changes),
        changes=[asdict(change) for change in changes],
    )
    record(context.actor, "replay rules", replay, reason=f"{judged} judged, {len(changes)} changed")
    return replay
