from django.db import migrations

from clinic.database.append_only import lifted
from clinic.database.digests import new_salt, salted_digest
from clinic.keys.checking import refuse_to_seal_with_wrong_keys

BATCH = 1000
# Sealed columns of before: with keys that do not open them nothing may be sealed.
SEALED_BEFORE = [("clinic_email", "payload"), ("clinic_keptform", "content")]


def move(apps, schema_editor):
    """Move the names of the fields seen into the side table, sealed, and leave their digest."""
    events, details = (apps.get_model("clinic", name) for name in ("AuditEvent", "AuditDetail"))
    using = schema_editor.connection.alias
    refuse_to_seal_with_wrong_keys(SEALED_BEFORE)
    with lifted(using, [events]):
        last = 0
        while batch := list(events.objects.using(using).filter(pk__gt=last).order_by("pk")[:BATCH]):
            last = batch[-1].pk
            moved, beside = [], []
            for event in batch:
                if event.fields_seen:
                    salt, seen = new_salt(), sorted(event.fields_seen)
                    event.fields_digest = salted_digest(salt, seen)
                    moved.append(event)
                    beside.append(details(event=event, sealed={"salt": salt, "fields": seen}))
            events.objects.using(using).bulk_update(moved, ["fields_digest"], batch_size=200)
            details.objects.using(using).bulk_create(beside)


def move_back(apps, schema_editor):
    events, details = (apps.get_model("clinic", name) for name in ("AuditEvent", "AuditDetail"))
    using = schema_editor.connection.alias
    with lifted(using, [events]):
        for detail in details.objects.using(using).select_related("event"):
            detail.event.fields_seen = detail.sealed["fields"]
            detail.event.fields_digest = ""
            detail.event.save(using=using)
        details.objects.using(using).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0011_audit_details_and_key_check"),
    ]

    operations = [migrations.RunPython(move, move_back)]
