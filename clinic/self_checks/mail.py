"""Checks of the mail that is owed, and of the processes that send it."""

from datetime import datetime, timedelta

from django.db.models import Count, Q

from clinic.messages.upkeep import OLD_MAIL, SILENT_SENDER, sending
from clinic.models.messages import Email
from clinic.operations.clock import clock_noted_at, is_clock_silent
from clinic.self_checks.checks import CheckResult

# A sender holds a claim for some minutes at most. Older ones were left by one that died, and the
# next run takes them up.
OLD_CLAIM = timedelta(minutes=15)


def outbox(now: datetime) -> CheckResult:
    """Count the mail that waits, that is stuck, and that needs a person."""
    status = Email.Status
    old_claim = Q(status=status.CLAIMED, lease_until__lt=now - OLD_CLAIM)
    found = Email.objects.aggregate(
        due=Count("pk", filter=Q(status=status.DUE)),
        stuck=Count("pk", filter=old_claim),
        human=Count("pk", filter=Q(status=status.NEEDS_HUMAN)),
    )
    faults = []
    if found["stuck"]:
        faults.append(f"{found['stuck']} mails were begun and never ended: is a sender running?")
    if found["human"]:
        faults.append(f"{found['human']} mails need a person: see the desk’s mail page")
    return CheckResult(f"{found['due']} mails wait", tuple(faults))


def sender(now: datetime) -> CheckResult:
    """Look when the sender last ran, and since when mail that is due waits."""
    state = sending()
    if state.last_run is None:
        return CheckResult("", ("The mail sender has never run: start worker and beat",))
    ago = int((now - state.last_run).total_seconds())
    faults = []
    if now - state.last_run > SILENT_SENDER:
        faults.append(f"The mail sender last ran {ago} s ago: are worker and beat running?")
    if state.due_since is not None and now - state.due_since > OLD_MAIL:
        minutes = int((now - state.due_since).total_seconds()) // 60
        faults.append(f"Mail that is due waits since {minutes} min")
    return CheckResult(f"the sender ran {ago} s ago", tuple(faults))


def clock(now: datetime) -> CheckResult:
    """Look when the clock process last noted that it runs."""
    last = clock_noted_at()
    if last is None:
        return CheckResult("none, or one that sends and does all jobs by itself (send_due --loop)")
    ago = int((now - last).total_seconds())
    fault = f"The clock process (beat) last noted itself {ago} s ago"
    return CheckResult(
        f"it noted itself {ago} s ago", (fault,) if is_clock_silent(last, now) else ()
    )
