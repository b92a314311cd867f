"""The audit trail and its seals. Rows hold ids as text, so erasing a person never changes them."""

import uuid

from django.db import models

from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField


class AuditEvent(models.Model):
    """Who did what to whose record: a reading, a decision, a booking, a refusal. Never a value.

    `reason` is a code, a count or a date that the code writes. What somebody typed stands sealed in
    the side table.

    `once` is empty, or says of a page that it was seen, by whom and in which quarter of an hour:
    a second event with the same text is not written.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=80, blank=True)
    patient = models.CharField(max_length=40, blank=True)
    # Over the salt and what the side table holds; "" where it holds nothing. See
    # `clinic.audit.details`.
    fields_digest = models.CharField(max_length=64, blank=True)
    allowed = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    once = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "at"], name="audit_patient_at"),
            models.Index(fields=["object", "at"], name="audit_object_at"),
        ]
        constraints = [
            AppendOnly(name="audit_append_only"),
            models.UniqueConstraint(
                fields=["once"], condition=~models.Q(once=""), name="audit_seen_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Audit event #{self.pk}"


class AuditDetail(models.Model):
    """What was seen in one audit event and why, in somebody's words, sealed.

    {"salt", "fields", "words"}; without "words" where nobody typed any. Which questions somebody
    was asked tells what she had answered, and a typed reason may say it outright. This is no column
    of the event, as the event is append-only, and what is sealed must be sealed anew when a key is
    replaced.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="detail")
    sealed = SealedJSONField()
    # The words stood in the event's `reason` when it was written: then this is {"salt", "fields",
    # "was", "left"}, the former reason and what is left of it in the event. The seal covers the
    # former one.
    was_in_clear = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Audit detail {str(self.pk)[:8]}"


class AuditSeal(models.Model):
    """A batch of audit events with the digest of each, chained to the seal before it.

    `events` is JSON: a list of [id, digest]. `digest` covers all of the row and the digest of the
    previous seal; `mac` is made from it with the key that `key` names. See clinic.audit.seals.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    layout = models.PositiveSmallIntegerField()
    events = models.TextField()
    count = models.PositiveIntegerField()
    last = models.PositiveBigIntegerField(help_text="the highest id sealed so far")
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [AppendOnly(name="audit_seal_append_only")]

    def __str__(self) -> str:
        return f"Audit seal #{self.number}"
