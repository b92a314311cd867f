"""What is sold stands in versions only, and the database checks against them."""

import django.db.models.deletion
from django.db import migrations, models

import clinic.database.append_only
import clinic.database.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0017_first_packages"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="appointment",
            name="appointment_visit_one_to_six",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_delta_fits_kind",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_part_or_reason",
        ),
        migrations.RemoveConstraint(
            model_name="policy",
            name="policy_lasts",
        ),
        migrations.RemoveConstraint(
            model_name="service",
            name="service_visit_one_to_six",
        ),
        migrations.RemoveField(
            model_name="policy",
            name="package_price_cents",
        ),
        migrations.RemoveField(
            model_name="policy",
            name="package_validity_days",
        ),
        migrations.RemoveField(
            model_name="policy",
            name="unused_visit_refund_cents",
        ),
        migrations.RemoveField(
            model_name="service",
            name="visit_number",
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="booking.packageversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("enrollment__isnull", True),
                        ("step__isnull", True),
                        ("visit_number__isnull", True),
                    ),
                    models.Q(
                        ("enrollment__isnull", False),
                        ("step__isnull", False),
                        ("visit_number__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="appointment_visit_of_package",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=clinic.database.triggers.RowRule(
                applies="NEW.enrollment_id IS NOT NULL",
                columns=("enrollment_id", "visit_number", "step"),
                holds="EXISTS (SELECT 1 FROM booking_enrollment enrollment JOIN booking_packagevisit visit ON visit.version_id = enrollment.version_id WHERE enrollment.id = NEW.enrollment_id AND visit.number = NEW.visit_number AND visit.step = NEW.step)",
                name="appointment_visit_of_version",
                on_insert=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appointment__isnull", True), ("delta__gt", 0), ("kind", "grant")),
                    models.Q(("appointment__isnull", False), ("delta", -1), ("kind", "reserve")),
                    models.Q(("appointment__isnull", False), ("delta", 1), ("kind", "return")),
                    models.Q(
                        ("appointment__isnull", False),
                        ("delta", 0),
                        ("kind__in", ("forfeit", "consume")),
                    ),
                    models.Q(
                        ("kind", "adjust"),
                        models.Q(("delta", 0), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ledger_delta_fits_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=clinic.database.triggers.RowRule(
                applies="NEW.kind = 'grant'",
                columns=(),
                holds="NEW.delta = (SELECT version.visit_count FROM booking_enrollment enrollment JOIN booking_packageversion version ON version.id = enrollment.version_id WHERE enrollment.id = NEW.enrollment_id)",
                name="ledger_grants_what_was_bought",
                on_insert=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "paid"), ("part__range", (1, 12))),
                    models.Q(
                        ("kind", "refund"),
                        ("part__isnull", True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payment_part_or_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=clinic.database.triggers.RowRule(
                applies="NEW.kind = 'paid'",
                columns=(),
                holds="NEW.part <= (SELECT version.payment_parts FROM booking_enrollment enrollment JOIN booking_packageversion version ON version.id = enrollment.version_id WHERE enrollment.id = NEW.enrollment_id)",
                name="payment_part_of_version",
                on_insert=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hold_minutes__gt", 0),
                    ("horizon_desk_days__gt", 0),
                    ("horizon_patient_days__gt", 0),
                    ("idle_package_days__gt", 0),
                    ("offer_hours__gt", 0),
                    ("slot_grid_minutes__gt", 0),
                ),
                name="policy_lasts",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "package_visit"), ("price_cents__isnull", True)),
                    models.Q(
                        ("kind__in", ("evaluation", "follow_up")),
                        models.Q(
                            ("is_active", False), ("price_cents__isnull", False), _connector="OR"
                        ),
                    ),
                    _connector="OR",
                ),
                name="service_priced_before_booked",
                violation_error_message="Set its price first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=clinic.database.triggers.RowRule(
                applies="1 = 1",
                columns=("kind",),
                holds="NEW.kind = OLD.kind",
                name="service_keeps_its_kind",
                on_insert=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=clinic.database.triggers.RowRule(
                applies="1 = 1",
                columns=(),
                holds="(SELECT version.price_cents IS NOT NULL AND version.visit_count = (SELECT COUNT(*) FROM booking_packagevisit visit WHERE visit.version_id = version.id) FROM booking_packageversion version WHERE version.id = NEW.version_id)",
                name="enrollment_buys_whole_version",
                on_insert=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=clinic.database.triggers.RowRule(
                applies="1 = 1",
                columns=("version_id",),
                holds="NEW.version_id = OLD.version_id",
                name="enrollment_keeps_its_version",
                on_insert=False,
            ),
        ),
    ]
