import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from clinic.database.digests import keyed_digest
from clinic.database.sealed import SealedJSONField
from clinic.database.sealing import sealing

BATCH = 1000


def make_digests(apps, schema_editor):
    """Make the digest by which a flag is unique in its form, now that its rule is sealed."""
    flags = apps.get_model("intake", "Flag").objects.using(schema_editor.connection.alias)
    last = uuid.UUID(int=0)
    while batch := list(flags.filter(pk__gt=last).order_by("pk").only("rule", "intake")[:BATCH]):
        for flag in batch:
            flag.digest = keyed_digest("flag", flag.intake_id, flag.rule)
            flag.save(update_fields=["digest"])
        last = batch[-1].pk
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0013_seal_reasons_and_wish"),
        ("intake", "0011_emergency_contact"),
    ]

    operations = [
        migrations.RemoveConstraint("flag", "flag_once_per_intake"),
        migrations.RemoveConstraint("flag", "flag_by_hand_together"),
        migrations.RemoveConstraint("intake", "intake_sent_has_result"),
        *sealing(
            "intake",
            "flag",
            "rule",
            clear=models.CharField(max_length=24, null=True),
            sealed=SealedJSONField(),
        ),
        *sealing(
            "intake",
            "flag",
            "domain",
            clear=models.CharField(max_length=12, null=True),
            sealed=SealedJSONField(),
        ),
        *sealing(
            "intake",
            "urgentcall",
            "rules",
            clear=models.JSONField(null=True),
            sealed=SealedJSONField(),
        ),
        *sealing(
            "intake",
            "urgentcall",
            "actions",
            clear=models.JSONField(null=True),
            sealed=SealedJSONField(),
        ),
        *sealing(
            "intake",
            "intake",
            "next_step",
            clear=models.CharField(max_length=12, null=True, blank=True),
            sealed=SealedJSONField(null=True),
            empty="",
        ),
        *sealing(
            "intake",
            "intake",
            "weeks_since_birth",
            clear=models.PositiveSmallIntegerField(null=True, blank=True),
            sealed=SealedJSONField(null=True),
        ),
        migrations.AddField(
            "flag",
            "digest",
            models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(make_digests, migrations.RunPython.noop),
        migrations.AlterField("concern", "digest", models.CharField(editable=False, max_length=64)),
        migrations.AddConstraint(
            "flag", models.UniqueConstraint(fields=("digest",), name="flag_once_per_intake")
        ),
        migrations.AddConstraint(
            "flag",
            models.CheckConstraint(
                condition=Q(added_at__isnull=True, added_by__isnull=True, words__isnull=True)
                | Q(
                    added_at__isnull=False,
                    added_by__isnull=False,
                    words__isnull=False,
                    level__in=("red", "caution"),
                ),
                name="flag_by_hand_together",
            ),
        ),
        migrations.AddConstraint(
            "intake",
            models.CheckConstraint(
                condition=Q(
                    sent_at__isnull=True, as_of__isnull=True, level="", next_step__isnull=True
                )
                | (
                    Q(sent_at__isnull=False, as_of__isnull=False, next_step__isnull=False)
                    & ~Q(level="")
                    & ~Q(rules_version="")
                ),
                name="intake_sent_has_result",
            ),
        ),
        migrations.CreateModel(
            name="VisitRecordWords",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sealed", SealedJSONField()),
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="intake.visitrecord",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            "visitrecord",
            "digest",
            models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
    ]
