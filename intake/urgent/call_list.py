"""The call list: whom to call, what each was told to do, and never what she answered."""

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
    """One call as the list and its own page show it."""

    call: UrgentCall
    actions: Sequence[str]
    told: Sequence[str]
    due: str
    is_overdue: bool
    # Names of other rows that are likely the same person.
    may_be: Sequence[str] = ()


@dataclass(frozen=True)
class CallPage:
    """Up to fifty calls, the counts of both tabs, and what the next page begins after."""

    rows: Sequence[CallView]
    open: int
    recorded: int
    next_after: UUID | None


def call_page(*, now: datetime, recorded: bool = False, after: UUID | None = None) -> CallPage:
    """Return the calls to make by due time, or those with an outcome, the latest first.

    Raises UrgentCall.DoesNotExist when there is no call `after`.
    """
    order = RECORDED_ORDER if recorded else OPEN_ORDER
    known = UrgentCall.objects.filter(outcome_at__isnull=False) if recorded else UrgentCall.objects
    rows = _without_answers().filter(
        beyond(order, known.all(), after), outcome_at__isnull=not recorded
    )
    found = list(rows.order_by(*order)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return CallPage(
        rows=_views(shown, now),
        next_after=shown[-1].pk if len(found) > PAGE_SIZE else None,
        **_counts(),
    )


def call_view(call_id: UUID, *, now: datetime) -> CallView:
    """Return one call. Raises UrgentCall.DoesNotExist."""
    (view,) = _views([_without_answers().get(pk=call_id)], now)
    return view


def _without_answers() -> QuerySet[UrgentCall]:
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
