"""What happened last comes first on the page of mail: an index for that order."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0025_numbers_for_receipts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="email",
            index=models.Index(
                models.OrderBy(
                    django.db.models.functions.comparison.Coalesce("sent_at", "created_at"),
                    descending=True,
                ),
                models.F("id"),
                name="email_latest",
            ),
        ),
    ]
