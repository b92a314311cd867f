import uuid

import django.db.models.deletion
from django.db import migrations, models

from clinic.database.sealed import SealedJSONField

# The side table of each table of the books.
SIDES = {
    "addeddays": "AddedDaysReason",
    "ledgerentry": "LedgerReason",
    "payment": "PaymentReason",
}


def side_table(model: str, name: str) -> migrations.CreateModel:
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "id",
                models.UUIDField(
                    default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                ),
            ),
            ("sealed", SealedJSONField()),
            (
                "row",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="words",
                    to=f"booking.{model}",
                ),
            ),
        ],
        options={"abstract": False},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0023_marks_of_what_is_open"),
    ]

    operations = [
        *(side_table(model, name) for model, name in SIDES.items()),
        *(
            migrations.AddField(
                model_name=model,
                name="reason_digest",
                field=models.CharField(blank=True, editable=False, max_length=64),
            )
            for model in SIDES
        ),
    ]
