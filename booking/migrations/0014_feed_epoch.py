from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0013_seal_reasons_and_wish"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarfeed",
            name="epoch",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
