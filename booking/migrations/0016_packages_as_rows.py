"""Packages with versions as rows, and the kind of a service."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.database.append_only
import clinic.database.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0015_provisional_bookings"),
        ("clinic", "0018_patient_erased_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="service",
            name="kind",
            field=models.CharField(
                choices=[
                    ("evaluation", "Evaluation"),
                    ("package_visit", "Visit of a package"),
                    ("follow_up", "Follow-up"),
                ],
                default="evaluation",
                max_length=13,
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_offered", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PackageVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("visit_count", models.PositiveSmallIntegerField()),
                ("price_cents", models.PositiveIntegerField(blank=True, null=True)),
                ("validity_days", models.PositiveSmallIntegerField(default=180)),
                ("unused_visit_refund_cents", models.PositiveIntegerField(blank=True, null=True)),
                ("payment_parts", models.PositiveSmallIntegerField(default=2)),
                ("in_force_from", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="booking.package",
                    ),
                ),
            ],
            options={
                "ordering": ["package", "number"],
                "constraints": [
                    clinic.database.append_only.AppendOnly(name="package_version_append_only"),
                    models.UniqueConstraint(
                        fields=("package", "number"), name="package_version_each_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visit_count__range", (2, 12))),
                        name="package_version_two_to_twelve_visits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("payment_parts__range", (1, 12)), ("validity_days__gt", 0)
                        ),
                        name="package_version_lasts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("price_cents__isnull", True),
                                ("unused_visit_refund_cents__isnull", True),
                            ),
                            models.Q(
                                ("price_cents__isnull", False),
                                ("unused_visit_refund_cents__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="package_version_prices_together",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PackageVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("step", models.PositiveSmallIntegerField()),
                ("least_days", models.PositiveSmallIntegerField(default=0)),
                ("most_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="booking.service",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="booking.packageversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "number"],
                "constraints": [
                    clinic.database.append_only.AppendOnly(name="package_visit_append_only"),
                    models.UniqueConstraint(
                        fields=("version", "number"), name="package_visit_each_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("least_days", 0),
                                ("most_days__isnull", True),
                                ("number", 1),
                                ("step", 1),
                            ),
                            models.Q(
                                ("number__gt", 1),
                                ("step__range", (1, 6)),
                                models.Q(
                                    ("most_days__isnull", True),
                                    ("most_days__gte", models.F("least_days")),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="package_visit_begins_with_first_step",
                    ),
                    clinic.database.triggers.RowRule(
                        applies="1 = 1",
                        columns=(),
                        holds="NEW.number <= (SELECT version.visit_count FROM booking_packageversion version WHERE version.id = NEW.version_id)",
                        name="package_visit_fits_version",
                        on_insert=True,
                    ),
                    clinic.database.triggers.RowRule(
                        applies="1 = 1",
                        columns=(),
                        holds="NOT EXISTS (SELECT 1 FROM booking_packagevisit other WHERE other.version_id = NEW.version_id AND (other.number < NEW.number AND other.step > NEW.step OR other.number > NEW.number AND other.step < NEW.step))",
                        name="package_visit_step_never_back",
                        on_insert=True,
                    ),
                    clinic.database.triggers.RowRule(
                        applies="1 = 1",
                        columns=(),
                        holds="(SELECT service.kind FROM booking_service service WHERE service.id = NEW.service_id) = 'package_visit'",
                        name="package_visit_is_of_package",
                        on_insert=True,
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="enrollment",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="booking.packageversion",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="step",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
    ]
