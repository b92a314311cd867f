"""Moving in: a run of files from another system, and each row of them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.package import Enrollment
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.models.people import Patient, User


class ImportRun(Guarded):
    """Files that are moved in together: judged first, then imported when somebody presses it.

    `files` is {kind: {"format": its key, "unread": [columns of the file], "rows": how many}}.
    `words` is {"services", "clinicians", "packages": {word of the file: what it is here}}; see
    `booking.moving_in.entering.words_of_files`. Both are emptied with the cells of the rows.
    """

    class Status(models.TextChoices):
        JUDGING = "judging", _("Being looked through")
        JUDGED = "judged", _("Looked through, nothing imported yet")
        IMPORTING = "importing", _("Being imported")
        IMPORTED = "imported", _("Imported")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        DISCARDED = "discarded", _("Thrown away, nothing was imported")

    TRANSITIONS = Transitions(
        {
            NEW: {Status.JUDGING: ("begin_run",)},
            Status.JUDGING: {
                Status.JUDGED: ("judge",),
                Status.DISCARDED: ("discard",),
            },
            Status.JUDGED: {
                Status.JUDGED: ("choose", "say_words"),
                Status.IMPORTING: ("start_import",),
                Status.DISCARDED: ("discard", "forget_moved_in"),
            },
            Status.IMPORTING: {Status.IMPORTED: ("import_some",)},
            Status.IMPORTED: {Status.UNDOING: ("start_undo",)},
            Status.UNDOING: {Status.UNDONE: ("undo_some",)},
            Status.UNDONE: {},
            Status.DISCARDED: {},
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=9, choices=Status.choices)
    # The zone of the wall times in the files.
    zone = models.CharField(max_length=64)
    files = SealedJSONField(default=dict)
    words = SealedJSONField(default=dict)
    made_at = models.DateTimeField()
    # Null for a run of the command.
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(null=True, blank=True)
    # Until when it can be taken back.
    undo_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            # Two at once would not see the patients of each other.
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="importing"), name="import_run_one_at_once"
            ),
            models.CheckConstraint(
                condition=Q(undo_until__isnull=True, imported_at__isnull=True)
                | Q(undo_until__isnull=False, imported_at__isnull=False),
                name="import_run_undo_after_import",
            ),
        ]

    def __str__(self) -> str:
        return f"Import {str(self.pk)[:8]}"


class ImportRow(Guarded):
    """One row of a file: what stands in it, what was judged about it, and what became of it.

    `cells` holds what is read of it, by column, and is emptied after a day; of a row that waits for
    a person when somebody is done with it. `patient` is who it is about: known, or made by it.
    `of_line` is the line of the run's patients it belongs to, where she is in the file herself.
    """

    class Kind(models.TextChoices):
        PATIENTS = "patients", _("Patient")
        PACKAGES = "packages", _("Package")
        VISITS = "visits", _("Visit")

    class Status(models.TextChoices):
        READ = "read", _("Not looked at yet")
        NEW = "new", _("New")
        KNOWN = "known", _("Known")
        UNCLEAR = "unclear", _("Unclear")
        REFUSED = "refused", _("Refused")
        LEFT = "left", _("Left out")
        MADE = "made", _("Imported")
        JOINED = "joined", _("Known, nothing to do")
        WAITS = "waits", _("Waits for a person")
        DONE = "done", _("Done by a person")
        TAKEN_BACK = "taken_back", _("Taken back")
        STAYS = "stays", _("Stays: it was used since")

    TRANSITIONS = Transitions(
        {
            NEW: {Status.READ: ("begin_run",)},
            Status.READ: dict.fromkeys(
                (Status.NEW, Status.KNOWN, Status.UNCLEAR, Status.REFUSED, Status.LEFT),
                ("judge",),
            ),
            Status.NEW: {
                Status.NEW: ("choose",),
                Status.KNOWN: ("choose",),
                Status.MADE: ("import_some",),
                Status.JOINED: ("import_some",),
                Status.WAITS: ("import_some",),
            },
            Status.KNOWN: {
                Status.NEW: ("choose",),
                Status.KNOWN: ("choose",),
                Status.JOINED: ("import_some",),
                Status.WAITS: ("import_some",),
            },
            Status.UNCLEAR: {
                Status.NEW: ("choose",),
                Status.KNOWN: ("choose",),
                Status.WAITS: ("import_some",),
            },
            Status.REFUSED: {},
            Status.LEFT: {},
            Status.MADE: {Status.TAKEN_BACK: ("undo_some",), Status.STAYS: ("undo_some",)},
            Status.JOINED: {},
            Status.WAITS: {Status.DONE: ("close_row", "undo_some")},
            Status.DONE: {},
            Status.TAKEN_BACK: {},
            Status.STAYS: {},
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    line = models.PositiveIntegerField()
    # Rows are imported in this order: visits by their beginning.
    position = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READ)
    # A code of `booking.moving_in.words`.
    reason = models.CharField(max_length=30, blank=True)
    cells = SealedJSONField(null=True, blank=True)
    of_line = models.PositiveIntegerField(null=True, blank=True)
    # A person said whom it is about.
    is_chosen = models.BooleanField(default=False)
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # How a person dealt with it.
    done_how = SealedJSONField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "kind", "line"], name="import_row_each_line_once"
            ),
            models.CheckConstraint(
                condition=Q(status="done") | Q(done_at__isnull=True, done_how__isnull=True),
                name="import_row_done_when",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "status", "kind", "position"], name="import_row_next"),
            models.Index(
                fields=["status", "run"], name="import_row_waits", condition=Q(status="waits")
            ),
        ]

    def __str__(self) -> str:
        return f"Row {str(self.pk)[:8]}"
