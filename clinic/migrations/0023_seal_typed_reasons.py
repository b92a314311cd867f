"""Move what staff typed as the reason of an audit event into the side table, sealed."""

import re
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from clinic.database.append_only import lifted
from clinic.keys.checking import refuse_to_seal_with_wrong_keys

BATCH = 1000
# Sealed columns of before: with keys that do not open them nothing may be sealed.
SEALED_BEFORE = [("clinic_auditdetail", "sealed"), ("clinic_email", "payload")]
# The actions whose reason a person typed, in every version so far.
TYPED = (
    *("cancel", "move", "count as visit 1", "record paid", "record refund", "package extension"),
    *("package pause", "adjust credits", "forgive visit", "merge patients", "erase patient"),
    *("reset second factor", "export record", "export everything", "hand over record"),
    "ask to hand over record",
)
# What the code wrote before the words, which stays: the former time of a visit, the scope, the way.
_LEFT = {
    "move": re.compile(r"from \d{4}-\d\d-\d\dT\d\d:\d\d\S*(?= |$)"),
    "erase patient": re.compile(r"all but the record(?=: |$)|all(?=: |$)"),
    "ask to hand over record": re.compile(r"by mail(?=: |$)|on paper(?=: |$)"),
}


def left_of(action: str, reason: str) -> str:
    """Return what the code wrote of this reason, "" if all of it was typed."""
    found = _LEFT[action].match(reason) if action in _LEFT else None
    return found.group() if found else ""


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    events: Any = apps.get_model("clinic", "AuditEvent")
    details: Any = apps.get_model("clinic", "AuditDetail")
    using = schema_editor.connection.alias
    refuse_to_seal_with_wrong_keys(SEALED_BEFORE)
    typed = events.objects.using(using).filter(action__in=TYPED).exclude(reason="")
    last = 0
    with lifted(using, [events]):
        while batch := list(typed.filter(pk__gt=last).order_by("pk")[:BATCH]):
            last = batch[-1].pk
            beside = {
                one.event_id: one
                for one in details.objects.using(using).filter(event__in=[row.pk for row in batch])
            }
            moved, new = [], []
            for event in batch:
                was, left = event.reason, left_of(event.action, event.reason)
                if was == left:
                    continue
                event.reason = left
                moved.append(event)
                detail = beside.get(event.pk)
                sealed = {"salt": "", "fields": []} if detail is None else detail.sealed
                both = {**sealed, "was": was, "left": left}
                if detail is None:
                    new.append(details(event=event, sealed=both, was_in_clear=True))
                else:
                    detail.sealed, detail.was_in_clear = both, True
                    # Only saving knows the row that a sealed value is bound to.
                    detail.save(using=using)
            events.objects.using(using).bulk_update(moved, ["reason"], batch_size=200)
            details.objects.using(using).bulk_create(new)


def move_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    events: Any = apps.get_model("clinic", "AuditEvent")
    details: Any = apps.get_model("clinic", "AuditDetail")
    using = schema_editor.connection.alias
    with lifted(using, [events]):
        for detail in details.objects.using(using).filter(was_in_clear=True):
            sealed = detail.sealed
            events.objects.using(using).filter(pk=detail.event_id).update(reason=sealed["was"])
            if sealed["fields"]:
                detail.sealed = {"salt": sealed["salt"], "fields": sealed["fields"]}
                detail.save(using=using)
            else:
                detail.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0022_heard_from"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditdetail",
            name="was_in_clear",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(move, move_back),
    ]
