"""The models of what the clinic owes a patient, the tries at it, and how it ended."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.models.people import Patient, User
from intake.models.concern import Concern
from intake.models.history import HistoryRow, HistoryWords


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        """Return tasks without an outcome, those that were not reached among them.

        None is owed to a patient who was erased.
        """
        is_open = Q(status__in=(Task.Status.OPEN, Task.Status.UNREACHED))
        return self.filter(is_open).exclude(patient__in=Patient.objects.erased())

    def urgent_calls(self) -> "TaskQuerySet":
        """Return the calls owed for urgent answers."""
        return self.filter(kind=Task.Kind.URGENT_CALL)

    def to_call_now(self) -> "TaskQuerySet":
        """Return what somebody has to call about now: urgent calls, and what reached nobody."""
        return self.filter(Q(kind=Task.Kind.URGENT_CALL) | Q(status=Task.Status.UNREACHED))

    def waiting_for_patient(self) -> "TaskQuerySet":
        """Return what is over when she has answered: calls and questions of a decision, her doctor.

        "Call the patient", "Ask the patient" and whether she went to her own doctor.
        """
        return self.filter(
            kind__in=(Task.Kind.CALL_PATIENT, Task.Kind.ASK_PATIENT, Task.Kind.OWN_DOCTOR)
        )


class Task(Guarded):
    """One thing the clinic told a patient it will do, or the rules oblige staff to do.

    Only an outcome of its kind ends it; a try never does. After too many tries without contact it
    is *unreached*: it stays on the list, and louder. `rules` are the ids of the rules behind it,
    `question` what staff want to ask her or the note of the person who wrote it. `about` is what it
    was made for ("appointment:<id> 3"), and unique, so that it is made once.
    """

    class Kind(models.TextChoices):
        URGENT_CALL = "urgent_call", _("Urgent call")
        PRIVATE_CHECK_IN = "private_check_in", _("Check in with her in private")
        CALL_PATIENT = "call_patient", _("Call the patient")
        ASK_PATIENT = "ask_patient", _("Ask the patient")
        OWN_DOCTOR = "own_doctor", _("Ask whether she saw her doctor")
        REBOOK = "rebook", _("Find her a new time")
        DESK_NOTE = "desk_note", _("Note for a day")
        READ_MESSAGE = "read_message", _("Read a message")
        FIX_CONTACT = "fix_contact", _("Mend how we reach her")
        HAND_OVER = "hand_over", _("Hand over her record")
        COMPARE = "compare", _("Compare two records")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        UNREACHED = "unreached", _("Not reached")
        DONE = "done", _("Done")
        # Two rows were one person, and another task covers this one.
        MERGED = "merged", _("Merged")

    TRANSITIONS = Transitions(
        {
            NEW: {Status.OPEN: ("owe_task",)},
            Status.OPEN: {
                # With "she will go on a day" closing only postpones.
                Status.OPEN: ("owe_task", "record_attempt", "take_task", "close_task"),
                Status.UNREACHED: ("record_attempt", "merge_concerns"),
                Status.DONE: ("close_task", "withdraw_task"),
                Status.MERGED: ("merge_concerns",),
            },
            Status.UNREACHED: {
                # Another urgent answer, or she was reached and will go on a day: the tries so far
                # no longer count.
                Status.OPEN: ("owe_task", "close_task"),
                Status.UNREACHED: ("record_attempt", "take_task", "merge_concerns"),
                Status.DONE: ("close_task", "withdraw_task"),
                Status.MERGED: ("merge_concerns",),
            },
            Status.DONE: {
                Status.OPEN: ("undo_close", "reopen_task"),
                Status.UNREACHED: ("undo_close",),
                # Meanwhile she answered again, and a newer call is open.
                Status.MERGED: ("undo_close", "reopen_task"),
            },
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    about = models.CharField(max_length=80, blank=True)
    # 1 for call_911, go_er and crisis_988, 2 for other urgent calls, 3 for everything else. What
    # exactly she was told to do is sealed.
    danger = models.PositiveSmallIntegerField(default=3)
    # Self-harm, harm to the baby, psychosis: only a clinician closes it, and one try is enough.
    is_sensitive = models.BooleanField(default=False)
    rules = SealedJSONField(default=list)
    actions = SealedJSONField(default=list)
    question = SealedJSONField(null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # From here on tries count towards "unreached": a later firing begins again.
    tries_from = models.DateTimeField()
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks_owned"
    )
    outcome = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks_closed"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_rows"
    )
    concerns = models.ManyToManyField(Concern, related_name="tasks", blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["danger", "due_at", "created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(kind="urgent_call", status__in=("open", "unreached")),
                name="task_one_urgent_call",
            ),
            models.UniqueConstraint(
                fields=["about"], condition=~Q(about=""), name="task_once_about"
            ),
            # Who, when and what stand together, and only with an outcome is a task over.
            models.CheckConstraint(
                condition=Q(
                    status="done",
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                )
                & ~Q(outcome="")
                | Q(
                    status__in=("open", "unreached", "merged"),
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    outcome="",
                ),
                name="task_outcome_together",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="task_merged_together",
            ),
            models.CheckConstraint(
                condition=Q(danger__gte=1, danger__lte=3)
                & (Q(kind="urgent_call", danger__lte=2) | (~Q(kind="urgent_call") & Q(danger=3))),
                name="task_danger_of_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["danger", "due_at"],
                name="task_open",
                condition=Q(status__in=("open", "unreached")),
            ),
            models.Index(fields=["patient"], name="task_of_patient"),
        ]

    def __str__(self) -> str:
        return f"Task {str(self.pk)[:8]}"

    @property
    def is_open(self) -> bool:
        """Return whether no outcome has ended it."""
        return self.status in (self.Status.OPEN, self.Status.UNREACHED)


class TaskEvent(HistoryRow):
    """One entry of a task's history besides its tries. The words are {"note"} or {"rules"}."""

    class Kind(models.TextChoices):
        OWED = "owed", _("Owed")
        ADDED = "added", _("Another urgent answer")
        CLOSED = "closed", _("Closed")
        UNDONE = "undone", _("Closing taken back")
        REOPENED = "reopened", _("Opened again")
        TAKEN = "taken", _("Taken over")
        POSTPONED = "postponed", _("Waits for a day")
        UNREACHED = "unreached", _("Not reached")
        MERGED = "merged", _("Another row of the same person")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [AppendOnly(name="task_event_append_only")]


class TaskEventWords(HistoryWords):
    """The sealed words of one entry."""

    event = models.OneToOneField(TaskEvent, on_delete=models.PROTECT, related_name="words")


class Attempt(HistoryRow):
    """One try at a task that reached nobody. It never ends the task. The words are {"note"}."""

    class Result(models.TextChoices):
        NO_ANSWER = "no_answer", _("No answer")
        LEFT_MESSAGE = "left_message", _("Left a message")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        WROTE = "wrote", _("Wrote to her")
        # Only in rows from before there were tries: "Not reached after repeated tries".
        NOT_REACHED = "not_reached", _("Not reached after repeated tries")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="attempts")
    result = models.CharField(max_length=16, choices=Result.choices)
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [AppendOnly(name="attempt_append_only")]


class AttemptWords(HistoryWords):
    """The sealed words of one try."""

    event = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="words")
