"""The call list: whom to call and what each patient was told to do, never what she answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from clinic.web.keyset import PAGE_SIZE, beyond
from intake.duplicates.queries import LikelyMatch, likely_matches
from intake.flags.labels import action_words, due_words
from intake.models import UrgentCall
from intake.triage.rules import rule

OPEN_ORDER = ("due_at", "pk")
RECORDED_ORDER = ("-outcome_at", "pk")


@dataclass(frozen=True)
class CallView:
    """One call as shown in the list and on its own page."""

    call: UrgentCall
    actions: Sequence[str]
    told: Sequence[str]
    due: str
    is_overdue: bool
    # Names of other rows that are likely the same person.
    may_be: Sequence[str] = ()


@dataclass(frozen=True)
class CallPage:
    """Up to fifty calls, and the number of calls in each tab.

    `next_after` is the id of the call after which the next page begins, None on the last page.
    """

    rows: Sequence[CallView]
    open: int
    recorded: int
    next_after: UUID | None


def call_page(*, now: datetime, recorded: bool = False, after: UUID | None = None) -> CallPage:
    """Return a page of the calls to make, by due time, or of those with an outcome, latest first.

    Raises UrgentCall.DoesNotExist when there is no call with the id `after`.
    """
    order = RECORDED_ORDER if recorded else OPEN_ORDER
    # A page of open calls may begin after one that has got its outcome since.
    known = UrgentCall.objects.filter(outcome_at__isnull=False) if recorded else UrgentCall.objects
    rows = _without_answers().filter(
        beyond(order, known.all(), after), outcome_at__isnull=not recorded
    )
    # One more than is shown, to know whether there is a next page.
    found = list(rows.order_by(*order)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return CallPage(
        rows=_views(shown, now),
        next_after=shown[-1].pk if len(found) > PAGE_SIZE else None,
        **_counts(),
    )


def call_view(call_id: UUID, *, now: datetime) -> CallView:
    """Return one call as its page shows it. Raises UrgentCall.DoesNotExist."""
    (view,) = _views([_without_answers().get(pk=call_id)], now)
    return view


def _without_answers() -> QuerySet[UrgentCall]:
    # Managers see the list too: what is not loaded cannot be shown by mistake.
    rows = UrgentCall.objects.select_related("patient", "outcome_by")
    return rows.defer("answers", "changed_answers")


def _counts() -> dict[str, int]:
    return UrgentCall.objects.aggregate(
        open=Count("pk", filter=Q(outcome_at__isnull=True)),
        recorded=Count("pk", filter=Q(outcome_at__isnull=False)),
    )


def _views(calls: Sequence[UrgentCall], now: datetime) -> list[CallView]:
    matches = likely_matches(call.patient for call in calls)
    return [_view(call, now, matches[call.patient_id]) for call in calls]


def _view(call: UrgentCall, now: datetime, matches: Sequence[LikelyMatch]) -> CallView:
    return CallView(
        may_be=[match.patient.name for match in matches],
        call=call,
        actions=action_words(call.rules),
        told=[_(text) for text in dict.fromkeys(rule(id_).told for id_ in sorted(call.rules))],
        due=due_words(call.due_at, now),
        is_overdue=call.outcome_at is None and call.due_at <= now,
    )
