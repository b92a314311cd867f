from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_seal_fields_seen"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="auditevent",
            name="fields_seen",
        ),
    ]
