import uuid

import django.db.models.deletion
from django.db import migrations, models

import clinic.database.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_proven_mailbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sealed", clinic.database.sealed.SealedJSONField(default="canary")),
                ("digest", models.CharField(editable=False, max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="key_check_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditDetail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sealed", clinic.database.sealed.SealedJSONField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detail",
                        to="clinic.auditevent",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="auditevent",
            name="fields_digest",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]
