from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0013_move_visit_records"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="visitrecord",
            name="content",
        ),
    ]
