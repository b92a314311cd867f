from django.db import migrations, models
from django.utils import timezone


def take_over(apps, schema_editor):
    """Who signs in has typed a mailed code, so her mailbox is proven."""
    patients = apps.get_model("clinic", "Patient").objects.filter(user__isnull=False)
    patients.update(proven_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("clinic", "0009_kept_forms")]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="proven_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="epoch",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
