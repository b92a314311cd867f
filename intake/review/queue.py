"""The clinicians' queue: what waits for review, what is done, which case comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.database.sealed import opened
from clinic.models.people import User
from clinic.practice.wall_time import clinic_date
from clinic.web.paging import PAGE_SIZE, beyond
from intake.concerns.task_kinds import COMPARE, place_of
from intake.flags.labels import (
    FlagWords,
    action_words,
    due_words,
    flag_words,
    initials,
    kind_words,
    level_with,
    years_between,
)
from intake.models import Concern, Decision, Flag, Intake, Task, UrgentCall
from intake.models.intake import AWAITS_REVIEW, NOT_ERASED
from intake.triage.rules import rule

# An urgent or flagged answer that was changed after the decision waits for a look again.
_DECIDED = NOT_ERASED & Q(decided_at__isnull=False, has_unreviewed_change=False)
# What it raised is open until a clinician marks it reviewed.
_IS_OPEN = Q(Exists(Concern.objects.open().filter(last_form=OuterRef("pk"))))
# Decided, but held or referred out; or corrected by the patient, who takes nothing back by it. What
# is open waits for a review or stands here, so that it is never on no list.
_HELD = (
    _IS_OPEN
    & Q(has_unreviewed_change=False)
    & (Q(decided_at__isnull=False) | Q(replaced_by__sent_at__isnull=False))
)
# Urgent, red, mood, reading; of the urgent ones the most dangerous first; then the promised time,
# then arrival. The id makes the order total. Within a page 911 stands before the emergency room and
# the crisis line (see `_danger_first`).
QUEUE_ORDER = ("rank", "danger", "due", "arrived", "pk")
# Of a form without an open call.
LEAST_DANGER = 3
DONE_ORDER = ("-looked_at", "pk")


class Tab(TextChoices):
    """The lists of the queue. `Tab("")` is everything that waits for a clinician."""

    OPEN = "", gettext_lazy("All open")
    UNCLAIMED = "unclaimed", gettext_lazy("Unclaimed")
    MINE = "mine", gettext_lazy("Mine")
    HELD = "held", gettext_lazy("Held")
    DONE = "done", gettext_lazy("Done")

    @property
    def is_decided(self) -> bool:
        """Whether the list holds decided cases, the latest decision first."""
        return self in (Tab.HELD, Tab.DONE)


@dataclass(frozen=True)
class QueueRow:
    """One intake as a list shows it: flags by name, never an answer. Texts are "" where empty.

    `words` are the names of up to three flags, `more` is the number of other ones.
    `is_to_compare` says that something is open on another row that may be hers, by the task that
    is owed for it.
    """

    id: UUID
    patient_id: UUID
    initials: str
    about: str
    interpreter: str
    kind: str
    level: str
    level_word: str
    words: Sequence[str]
    more: int
    has_note: bool
    told: str
    changed: str
    is_draft: bool
    is_set_aside: bool
    due: str
    is_overdue: bool
    reviewer: str
    decided_at: datetime | None
    decided_by: str
    next_act: str
    is_to_compare: bool


@dataclass(frozen=True)
class QueuePage:
    """Up to 50 rows of a list, the size of each list, and after which id the next page begins."""

    rows: Sequence[QueueRow]
    counts: Mapping[Tab, int]
    next_after: UUID | None


def queue_page(
    tab: Tab, *, reader: User | None, now: datetime, after: UUID | None = None
) -> QueuePage:
    """Return a page of one list as `reader` sees it, beginning after the intake `after`.

    What waits is sorted by urgency, what is decided by its time, the latest first. A page begins
    after a row and not at a number, so that no case is skipped when others are decided meanwhile.
    Raises Intake.DoesNotExist if the list cannot begin after `after`.
    """
    lists, rows = _lists(reader, now), _in_order()
    # What waits has no place in an order by the time of decision.
    known = rows.filter(_DECIDED | _HELD) if tab.is_decided else rows
    order = DONE_ORDER if tab.is_decided else QUEUE_ORDER
    wanted = rows.filter(lists[tab]).filter(beyond(order, known, after))
    # One row more than a page shows tells whether there is a next page. Words are added to these
    # rows only: joined to all that wait, they take seconds when thousands do.
    first = wanted.order_by(*order).values("pk")[: PAGE_SIZE + 1]
    found = list(_with_words(_in_order().filter(pk__in=first)).order_by(*order))
    shown = found[:PAGE_SIZE]
    in_order = shown if tab.is_decided else sorted(shown, key=_danger_first)
    return QueuePage(
        rows=[_row(intake, now) for intake in in_order],
        counts=_counts(lists),
        next_after=shown[-1].pk if len(found) > PAGE_SIZE else None,
    )


def _lists(reader: User | None, now: datetime) -> dict[Tab, Q]:
    """Return the condition for each list. A claim that ran out at `now` counts as none."""
    claimed = Q(claimed_until__gt=now)
    return {
        Tab.OPEN: AWAITS_REVIEW,
        Tab.UNCLAIMED: AWAITS_REVIEW & (Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)),
        Tab.MINE: AWAITS_REVIEW & claimed & Q(claimed_by=reader),
        Tab.HELD: _HELD,
        Tab.DONE: _DECIDED & ~_IS_OPEN,
    }


def _counts(lists: Mapping[Tab, Q]) -> dict[Tab, int]:
    """Return the size of each list, with one statement for all of them."""
    found = Intake.objects.aggregate(
        **{tab.name: Count("pk", filter=which) for tab, which in lists.items()}
    )
    return {tab: found[tab.name] for tab in lists}


def next_unclaimed(*, now: datetime) -> UUID | None:
    """Return the first intake of the queue that nobody is reviewing at `now`, or None."""
    rows = _in_order().filter(_lists(None, now)[Tab.UNCLAIMED]).order_by(*QUEUE_ORDER)
    first = min(rows.only("pk")[:PAGE_SIZE], key=_danger_first, default=None)
    return None if first is None else first.pk


def _danger_first(intake: Any) -> tuple[int, int, int]:
    """Return the sort key of a row within its page, which is in QUEUE_ORDER.

    What exactly she was told to do is sealed, so that the database cannot sort by it. `intake` is
    Any because of what the query adds to it.
    """
    # Sealed for its own row, in whose name it is opened.
    call = Task(pk=intake.call_task, actions=intake.asked_to)
    return intake.rank, intake.danger, place_of(call.actions or [])


def _in_order() -> QuerySet[Intake]:
    """Return all intakes with what QUEUE_ORDER sorts by."""
    return Intake.objects.annotate(
        rank=Case(
            When(queue=Intake.Queue.URGENT, then=Value(0)),
            When(Q(queue=Intake.Queue.RED) | Q(has_unreviewed_change=True), then=Value(1)),
            When(queue=Intake.Queue.MOOD, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        ),
        danger=Coalesce(Subquery(_open_calls("task__danger")), Value(LEAST_DANGER)),
        call_task=Subquery(_open_calls("task"), output_field=UUIDField()),
        asked_to=Subquery(_open_calls("task__actions")),
        # A draft has no time of sending, and not every form a due time; paging needs both.
        due=Coalesce("review_due_at", "started_at"),
        arrived=Coalesce("sent_at", "started_at"),
        # Who was corrected before anybody decided stands at the time of its arrival.
        looked_at=Coalesce("decided_at", "sent_at", "started_at"),
    )


def _open_calls(column: str) -> QuerySet[UrgentCall, Any]:
    """Return this column of the open call of each form."""
    calls = UrgentCall.objects.open().filter(intake=OuterRef("pk"))
    values: QuerySet[UrgentCall, Any] = calls.values(column)[:1]
    return values


def _with_words(rows: QuerySet[Intake]) -> QuerySet[Intake]:
    """Add what a row shows, without loading an answer."""
    flags = Flag.objects.only("intake_id", "rule", "level", "domain")
    # The latest call says what the patient was told last.
    calls = UrgentCall.objects.filter(intake=OuterRef("pk")).order_by("-raised_at")
    decisions = Decision.objects.standing().filter(intake=OuterRef("pk"))
    # A check-in does not ask for the birth, nor has a draft a result: her latest intake has.
    judged = Intake.objects.full().sent().filter(patient=OuterRef("patient")).order_by("-sent_at")
    return (
        rows.select_related("patient", "claimed_by", "appointment__service")
        .defer("raw", "answers", "scores")
        .prefetch_related(Prefetch("flags", flags))
        .annotate(
            # What another row has sealed is opened with the key of that row.
            call=Subquery(calls.values("pk")[:1]),
            called_for=Subquery(calls.values("rules")[:1]),
            signed_by=Subquery(decisions.values("decided_by__name")[:1]),
            signed_act=Subquery(decisions.values("next_act")[:1]),
            judged=Subquery(judged.values("pk")[:1]),
            weeks_judged=Subquery(judged.values("weeks_since_birth")[:1]),
            judged_on=Subquery(judged.values("as_of")[:1]),
            is_to_compare=Exists(
                Task.objects.open().filter(kind=COMPARE, patient=OuterRef("patient"))
            ),
        )
    )


def _row(intake: Any, now: datetime) -> QueueRow:
    """Return one row. `intake` is Any because of what the query adds to it."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    # A draft has no level: it waits in the urgent or the red queue, whose names are levels.
    level = level_with(intake.level or intake.queue, (one.level for one in intake.flags.all()))
    is_claimed = intake.claimed_until is not None and intake.claimed_until > now
    called_for = opened(UrgentCall, "rules", intake.call, intake.called_for) or []
    flags = _flags(intake, level, called_for)
    return QueueRow(
        id=intake.pk,
        patient_id=intake.patient_id,
        initials=initials(intake.patient.name),
        about=_about(intake, today),
        interpreter=intake.patient.interpreter,
        kind=kind_words(intake),
        level=level,
        level_word=str(Intake.Level(level).label),
        words=flags.names,
        more=flags.more,
        has_note=intake.has_note,
        told=next(iter(action_words(called_for)), ""),
        changed=_change_words(intake),
        is_draft=intake.sent_at is None,
        is_set_aside=intake.set_aside,
        due=due_words(intake.due, now),
        is_overdue=intake.due <= now,
        reviewer=intake.claimed_by.get_full_name() if is_claimed else "",
        decided_at=intake.decided_at,
        decided_by=intake.signed_by or "",
        next_act=str(Decision.NextAct(intake.signed_act).label) if intake.signed_act else "",
        is_to_compare=intake.is_to_compare,
    )


def _change_words(intake: Any) -> str:
    """Return which kind of answer was changed and waits for a look, "" for none."""
    if not intake.has_unreviewed_change:
        return ""
    # Only urgent answers lead to a call.
    if intake.call:
        return _("Urgent answer changed by patient")
    return _("Flagged answer changed by patient")


def _about(intake: Any, today: date) -> str:
    """Return age and weeks since the birth, "34, 14 weeks", without what is not known."""
    age, weeks = years_between(intake.patient.born_on, today), _weeks_by(today, intake)
    words = [] if age is None else [str(age)]
    if weeks is not None:
        words.append(ngettext("%(n)s week", "%(n)s weeks", weeks) % {"n": weeks})
    return ", ".join(words)


def _weeks_by(today: date, intake: Any) -> int | None:
    """Return the whole weeks since the birth on `today`, exact to a week, or None.

    They are counted on from the form's own result, or from the latest intake of the patient: the
    birth date itself is a sealed answer.
    """
    judged = opened(Intake, "weeks_since_birth", intake.judged, intake.weeks_judged)
    results = ((intake.weeks_since_birth, intake.as_of), (judged, intake.judged_on))
    for weeks, as_of in results:
        if weeks is not None and as_of is not None:
            return int(weeks + (today - as_of).days // 7)
    return None


def _flags(intake: Any, level: str, called_for: Sequence[str]) -> FlagWords:
    """Return what a row says about flags: the most dangerous by name, the others counted."""
    flags = [(flag.rule, flag.level, flag.domain) for flag in intake.flags.all()]
    if not flags:  # a draft is judged page by page; what fired is stored with the call
        fired = [rule(rule_id) for rule_id in called_for]
        flags = [(one.id, one.level, one.domain) for one in fired]
    return flag_words(flags, level)
