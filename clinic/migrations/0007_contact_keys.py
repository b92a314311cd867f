"""Keys by which patients are found and compared, for every row there is."""

from itertools import islice

from django.db import migrations, models

from clinic.identity.same_person import email_key, name_key, phone_key

AT_ONCE = 500


def fill(apps, schema_editor):
    """Write the keys of the rows that have none yet."""
    patients = apps.get_model("clinic", "Patient").objects
    rows = patients.only("pk", "name", "phone", "email").iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        for row in some:
            row.name_key = name_key(row.name)
            row.phone_key = phone_key(row.phone)
            row.email_key = email_key(row.email)
        patients.bulk_update(some, ["name_key", "phone_key", "email_key"])


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0006_phone_extension"),
    ]

    # The tables change first: PostgreSQL changes none that has rows written in the same step.
    operations = [
        migrations.RemoveIndex(model_name="patient", name="patient_email"),
        migrations.RemoveIndex(model_name="patient", name="patient_phone"),
        migrations.RemoveIndex(model_name="patient", name="patient_name"),
        migrations.AddField(
            model_name="patient",
            name="name_key",
            field=models.CharField(default="", editable=False, max_length=400),
        ),
        migrations.AddField(
            model_name="patient",
            name="phone_key",
            field=models.CharField(default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="patient",
            name="email_key",
            field=models.CharField(default="", editable=False, max_length=254),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["email_key"], name="patient_email"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["phone_key"], name="patient_phone"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["name_key"], name="patient_name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
