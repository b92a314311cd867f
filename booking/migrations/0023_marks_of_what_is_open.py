"""Mark the visits ahead that were booked after an urgent or red answer, as new ones are."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

MARKS = {"urgent": "stop", "red": "red"}


def mark(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    visits = apps.get_model("booking", "Appointment").objects.filter(
        status="booked", starts_at__gt=timezone.now(), attention__in=("", "check_in_due")
    )
    current = apps.get_model("booking", "Referral").objects.filter(superseded_at__isnull=True)
    for level, attention in MARKS.items():
        of_level = current.filter(level=level).values("patient_id")
        visits.filter(patient_id__in=of_level).update(attention=attention)


class Migration(migrations.Migration):
    dependencies = [("booking", "0022_moving_in")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
