"""What each kind of task closes with, who may close it, and which rules oblige the clinic to it.

Plain tables. Source: docs/decisions/0051-concerns-and-tasks.md.
"""

# mypy: disallow-any-explicit

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from intake.questionnaire.definition import msg
from intake.triage.rules import ACTIONS

URGENT_CALL, PRIVATE_CHECK_IN = "urgent_call", "private_check_in"
CALL_PATIENT, ASK_PATIENT, OWN_DOCTOR = "call_patient", "ask_patient", "own_doctor"
REBOOK, DESK_NOTE, READ_MESSAGE, FIX_CONTACT = "rebook", "desk_note", "read_message", "fix_contact"
HAND_OVER, COMPARE = "hand_over", "compare"

CLINICIAN, MANAGER = "clinician", "manager"
_ANY = frozenset({CLINICIAN, MANAGER})
_CLINICIAN = frozenset({CLINICIAN})


@dataclass(frozen=True)
class TaskOutcome:
    """One way in which a task ends. `asks` is what must be written beside it, "" for nothing."""

    id: str
    words: str
    asks: str = ""
    # "Will go on Friday": the task stays, and is due on that day.
    needs_day: bool = False


SPOKE = TaskOutcome("spoke", msg("Spoke with her"))
EMERGENCY_SENT = TaskOutcome("emergency_sent", msg("Emergency services sent"))
OTHER_PROFESSIONAL = TaskOutcome(
    "other_professional", msg("With another professional"), asks=msg("Write down with whom she is.")
)
SEEN = TaskOutcome("seen", msg("Seen in person"))
DECLINED_WORDS = TaskOutcome(
    "declined", msg("She declined"), asks=msg("Write down what she said, in her words.")
)
DECLINED = TaskOutcome("declined", msg("She declined"))
ANSWERED = TaskOutcome("answered", msg("Answered"))
WITHDRAWN = TaskOutcome(
    "withdrawn", msg("No longer needed"), asks=msg("Say why it is no longer needed.")
)
WENT = TaskOutcome("went", msg("She went"))
WILL_GO = TaskOutcome("will_go", msg("She will go, on a day"), needs_day=True)
BOOKED = TaskOutcome("booked", msg("Booked"))
DONE = TaskOutcome("done", msg("Done"))
NO_ANSWER_NEEDED = TaskOutcome("no_answer_needed", msg("No answer needed"))
CORRECTED = TaskOutcome("corrected", msg("Corrected"))
CONFIRMED = TaskOutcome("confirmed", msg("Confirmed on the telephone"))
HANDED_OVER = TaskOutcome("handed_over", msg("She has it"))
JOINED = TaskOutcome("joined", msg("One person: the records are joined"))
KEPT_APART = TaskOutcome("kept_apart", msg("Somebody else"))


@dataclass(frozen=True)
class TaskKind:
    """The rules of one kind.

    `working_days` is by when it is due, 0 for urgent calls and notes, which have a time of their
    own. `tries` is after how many tries it is unreached, 0 for never.
    """

    closers: frozenset[str]
    outcomes: tuple[TaskOutcome, ...]
    working_days: int = 1
    tries: int = 3


KINDS: Mapping[str, TaskKind] = {
    URGENT_CALL: TaskKind(_ANY, (SPOKE, EMERGENCY_SENT, OTHER_PROFESSIONAL, SEEN), working_days=0),
    PRIVATE_CHECK_IN: TaskKind(_CLINICIAN, (SPOKE, DECLINED_WORDS, SEEN)),
    CALL_PATIENT: TaskKind(_ANY, (ANSWERED, SPOKE, WITHDRAWN)),
    ASK_PATIENT: TaskKind(_CLINICIAN, (ANSWERED, SPOKE, WITHDRAWN)),
    OWN_DOCTOR: TaskKind(_ANY, (WENT, WILL_GO, DECLINED), working_days=2),
    REBOOK: TaskKind(_ANY, (BOOKED, DECLINED, WITHDRAWN), tries=0),
    DESK_NOTE: TaskKind(_ANY, (DONE,), working_days=0),
    READ_MESSAGE: TaskKind(_ANY, (ANSWERED, NO_ANSWER_NEEDED)),
    FIX_CONTACT: TaskKind(_ANY, (CORRECTED, CONFIRMED)),
    # Only a clinician may read the record, to print it.
    HAND_OVER: TaskKind(_CLINICIAN, (HANDED_OVER, WITHDRAWN), working_days=5, tries=0),
    # Nobody ends it from its page: it ends when the two records are compared.
    COMPARE: TaskKind(frozenset(), (JOINED, KEPT_APART), tries=0),
}

# Only a clinician ends these, and one try without contact is enough to be unreached.
SENSITIVE = frozenset({"U-SELF-HARM", "U-BABY-HARM", "U-PSYCHOSIS", "CU-MIND", "CU-PSYCHOSIS"})
# Rules whose text for the patient promises that a clinician will be in touch.
CHECK_IN_RULES = frozenset({"R-MIND-SKIP", "R-MOOD-DAILY", "CR-MOOD"})
# Rules that send her to her own doctor: staff ask whether she went.
OWN_DOCTOR_RULES = frozenset({"R-BLEED-BACK", "R-URINE-BLOOD", "R-BLEED-8WK", "CR-BLEED"})

MOST_DANGEROUS = ("call_911", "go_er", "crisis_988")


def kind_owed_for(rule: str, level: str) -> str:
    """Return the kind of task that this rule obliges the clinic to, "" for none."""
    if level == "urgent":
        return URGENT_CALL
    if rule in CHECK_IN_RULES:
        return PRIVATE_CHECK_IN
    return OWN_DOCTOR if rule in OWN_DOCTOR_RULES else ""


def kind_before_review(rule: str, level: str) -> str:
    """Return the kind of task that must have an outcome before the concern can be resolved."""
    kind = kind_owed_for(rule, level)
    return kind if kind in (URGENT_CALL, PRIVATE_CHECK_IN) else ""


def danger_of(kind: str, actions: Collection[str]) -> int:
    """Return 1 for what cannot wait a minute, 2 for other urgent calls, 3 for everything else."""
    if kind != URGENT_CALL:
        return 3
    return 1 if set(actions) & set(MOST_DANGEROUS) else 2


def place_of(actions: Collection[str]) -> int:
    """Return the place in the order of danger of the most dangerous of these actions, from 0.

    Source: docs/clinical.md, "What follows from the flags". Without any it is behind all of them.
    """
    return min((ACTIONS.index(one) for one in actions), default=len(ACTIONS))


def tries_until_unreached(kind: str, *, is_sensitive: bool) -> int:
    """Return after how many tries without contact a task is unreached, 0 for never."""
    most = KINDS[kind].tries
    return 1 if is_sensitive and most else most


def may_close(kind: str, *, is_sensitive: bool, roles: Collection[str]) -> bool:
    """Return whether somebody with these roles ("clinician", "manager") may end such a task."""
    closers = _CLINICIAN if is_sensitive else KINDS[kind].closers
    return bool(closers & set(roles))


def outcome_of(kind: str, outcome: str) -> TaskOutcome:
    """Return the outcome of this kind with that id. Raises KeyError if the kind has none."""
    for one in KINDS[kind].outcomes:
        if one.id == outcome:
            return one
    raise KeyError(outcome)
