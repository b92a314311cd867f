"""Exceptions with which an action refuses, and the reasons they carry, for people to read."""

from collections.abc import Mapping, Sequence
from datetime import date

from booking.models import Appointment
from booking.reasons import Reason, msg


class Refused(Exception):
    """The action was not done and nothing has changed; `reasons` has one or more reasons why."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        # Codes only: the message may end up in a log.
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = list(reasons)


class SlotTaken(Refused):
    """The time is not free any more."""

    def __init__(self, reasons: Sequence[Reason] = ()) -> None:
        super().__init__(reasons or [JUST_TAKEN])


class VisitsTaken(SlotTaken):
    """Some times of a plan are not free any more; `lost` maps their visit numbers to reasons."""

    def __init__(self, lost: Mapping[int, Sequence[Reason]]) -> None:
        super().__init__([reason for reasons in lost.values() for reason in reasons])
        self.lost = {number: list(reasons) or [JUST_TAKEN] for number, reasons in lost.items()}


class NotOpen(Refused):
    """The patient's referral does not open this."""


class MailboxFirst(Refused):
    """She has to prove her mailbox before she can have a time; then it is not refused."""

    def __init__(self) -> None:
        super().__init__([MAILBOX_FIRST])


class AlreadyChanged(Refused):
    """Somebody changed the appointment since the page was shown; `current` is the row as it is."""

    def __init__(self, current: Appointment, reason: Reason | None = None) -> None:
        super().__init__([reason or CHANGED])
        self.current = current


# Programs ask for some of the codes, so a code stays when its text changes.
JUST_TAKEN = Reason("just_taken", msg("Somebody just took this time."))
CHANGED = Reason("changed", msg("This appointment was changed since you opened the page."))
TERMS_CHANGED = Reason(
    "terms_changed", msg("Somebody changed the terms since you opened the page.")
)
SERVICE_CHANGED = Reason(
    "service_changed", msg("Somebody changed this visit’s terms since you opened the page.")
)
OFFER_CHANGED_AT_DESK = Reason(
    "package_terms_changed", msg("Somebody changed this package since you opened the page.")
)
HOURS_CHANGED = Reason("hours_changed", msg("Somebody changed this since you opened the page."))
MAILBOX_FIRST = Reason(
    "mailbox_first", msg("Before you choose a time, please type the code that we mail you.")
)
HOLD_GONE = Reason("hold_gone", msg("The time we kept for you is over."))
NO_RENEWAL = Reason("no_renewal", msg("This time cannot be kept any longer."))
NO_SERVICE = Reason("no_service", msg("We don’t offer this visit."))
COMPARE_FIRST = Reason(
    "compare_first",
    msg(
        "This may be somebody we know, and something is open on the other record. Compare the two "
        "first."
    ),
)
NO_PACKAGE_SOLD = Reason("no_package_sold", msg("We don’t offer a package now."))
NO_REFERRAL = Reason("no_referral", msg("Please answer the questions first."))
NO_BIRTH_DATE = Reason(
    "no_birth_date", msg("We need the date you gave birth first. Please call us.")
)
EXPIRED = Reason("expired", msg("Your answers are too old by now. Please answer again."))
SELF_BOOKING_STOPPED = Reason(
    "self_booking_stopped",
    msg("Please get care first. You can book with us once you have been seen. We will call you."),
)
ONE_WITH_REASON = Reason(
    "one_with_reason",
    msg("An urgent answer is open: single visits can be booked with a reason, no plan."),
)
HAS_EVALUATION = Reason("has_evaluation", msg("You have an evaluation booked already."))
HAS_FOLLOW_UP = Reason("has_follow_up", msg("You have a follow-up booked already."))
HAS_PACKAGE = Reason("has_package", msg("You have a package under way already."))
NO_PACKAGE = Reason("no_package", msg("This visit belongs to the package. Please join it first."))
VISIT_NOT_NEXT = Reason("visit_not_next", msg("This is not the next visit of your package."))
PACKAGE_CHANGED = Reason(
    "package_changed",
    msg("Somebody changed this package since the page was shown. Here is how it stands."),
)
OFFER_CHANGED = Reason(
    "offer_changed",
    msg("This package was changed since the page was shown. Please read how it is sold now."),
)
PACKAGE_ENDED = Reason("package_ended", msg("This package has ended."))
VISIT_CHANGED = Reason(
    "visit_changed",
    msg("Somebody changed this visit since the page was shown. Here is how it stands."),
)
NOTHING_TO_PAY = Reason("nothing_to_pay", msg("This visit has no price of its own."))
MORE_THAN_OWED = Reason("more_than_owed", msg("This is more than what is still to pay."))
MORE_THAN_PAID = Reason("more_than_paid", msg("This is more than what was paid."))
TOO_MANY_DAYS = Reason(
    "too_many_days", msg("Pauses and extensions together move the last day by 90 days at most.")
)
VISITS_AHEAD = Reason(
    "visits_ahead",
    msg("Visits of this package are still booked. Cancel them first, then end it."),
)
NOT_USED_UP = Reason("not_used_up", msg("This visit was not counted as used."))
FORGIVEN_BEFORE = Reason(
    "forgiven_before", msg("One visit of this package was forgiven already. The rule is one.")
)
NO_CREDIT = Reason("no_credit", msg("All visits of this package are used or booked."))
TWO_PACKAGES = Reason(
    "two_packages",
    msg("Both have a package under way. End one of them first, then merge the two."),
)
ERASED = Reason(
    "erased",
    msg(
        "This record was erased. Nothing is booked on it before the desk enters how she is reached."
    ),
)
MERGED = Reason(
    "joined",
    msg(
        "Your earlier visits with us were found meanwhile. Please sign in with a mailed code and "
        "choose the time again."
    ),
)
NEEDS_REASON = Reason("needs_reason", msg("Please write down a reason."))
NOT_POSSIBLE_NOW = Reason("not_possible_now", msg("This cannot be done with the appointment now."))
STARTED = Reason("started", msg("This visit has started. Please call us."))
CALL_FIRST = Reason(
    "call_first",
    msg("An urgent answer is open. Record the call’s outcome and the review before this visit."),
)
TOO_LATE_TO_MOVE = Reason(
    "too_late_to_move", msg("It is too late to move this visit online. Please call us.")
)
NOT_TODAY = Reason("not_today", msg("This visit is on a later day."))
NOT_STARTED = Reason("not_started", msg("This visit has not begun yet."))
OFFER_OVER = Reason(
    "offer_over", msg("This offer is over. The time went to somebody else, or was taken back.")
)
CLINIC_CANCELLED = Reason(
    "clinic_cancelled", msg("The clinic cancelled this visit. Please call us or book another time.")
)
UNDO_OVER = Reason("undo_over", msg("The time to undo this is over. Please book again."))
ONLY_EVALUATION = Reason(
    "only_evaluation", msg("The desk can open the evaluation only, never the package.")
)
INTAKE_STANDS = Reason(
    "intake_stands", msg("What this patient may book follows from her own answers.")
)


def in_packages(names: Sequence[str]) -> Reason:
    """Return the reason that a visit is part of packages, so it can be booked until they end."""
    text = msg("It is a visit of %(packages)s, which is sold or under way, so it stays bookable.")
    return Reason("in_packages", text, {"packages": ", ".join(names)})


def ended_visits(names: Sequence[str]) -> Reason:
    """Return the reason that a package cannot be sold: these of its visits cannot be booked."""
    text = msg("Make these visits bookable first: %(visits)s.")
    return Reason("ended_visits", text, {"visits": ", ".join(names)})


def paused(until: date) -> Reason:
    """Return the reason why nothing can be booked online during a pause.

    `until` is the first clinic date after the pause.
    """
    text = msg("Your package is paused until %(until)s. Please call us to book earlier.")
    return Reason("paused", text, {"until": until})
