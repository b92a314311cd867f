import uuid

from django.db import migrations

from clinic.database.append_only import lifted
from clinic.database.digests import new_salt, salted_digest

BATCH = 500


def move(apps, schema_editor):
    """Move the sealed content of visit records into the side table, and leave its digest."""
    records, words = (
        apps.get_model("intake", name) for name in ("VisitRecord", "VisitRecordWords")
    )
    using = schema_editor.connection.alias
    with lifted(using, [records]):
        last = uuid.UUID(int=0)
        while batch := list(
            records.objects.using(using).filter(pk__gt=last).order_by("pk")[:BATCH]
        ):
            last = batch[-1].pk
            beside = []
            for record in batch:
                salt, content = new_salt(), record.content
                record.digest = salted_digest(salt, content)
                beside.append(words(record=record, sealed={"salt": salt, "content": content}))
            records.objects.using(using).bulk_update(batch, ["digest"], batch_size=200)
            words.objects.using(using).bulk_create(beside)


def move_back(apps, schema_editor):
    records, words = (
        apps.get_model("intake", name) for name in ("VisitRecord", "VisitRecordWords")
    )
    using = schema_editor.connection.alias
    with lifted(using, [records]):
        for one in words.objects.using(using).select_related("record"):
            one.record.content, one.record.digest = one.sealed["content"], ""
            one.record.save(using=using)
        words.objects.using(using).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0012_seal_rules_and_results"),
    ]

    operations = [migrations.RunPython(move, move_back)]
