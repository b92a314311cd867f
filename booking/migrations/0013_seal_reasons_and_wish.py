from django.db import migrations, models

from clinic.database.sealed import SealedJSONField
from clinic.database.sealing import sealing

WISHES = [
    ("", "Not said"),
    ("rather_not", "I’d rather not have an internal exam"),
    ("talk", "Let’s talk about it at the visit"),
]
CLOSED = [
    ("", "-"),
    ("urgent", "Urgent"),
    ("review", "Review"),
    ("changed_answer", "Changed Answer"),
    ("weeks", "Weeks"),
    ("no_birth_date", "No Birth Date"),
    ("not_screened", "Not Screened"),
    ("declined", "Declined"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0012_terms_of_waiting"),
        # It compares the keys with what is stored, before anything is sealed.
        ("clinic", "0012_seal_fields_seen"),
    ]

    operations = [
        *sealing(
            "booking",
            "appointment",
            "exam_wish",
            clear=models.CharField(max_length=12, null=True, blank=True),
            sealed=SealedJSONField(choices=WISHES, default="", blank=True),
        ),
        *sealing(
            "booking",
            "referral",
            "evaluation_closed",
            clear=models.CharField(max_length=20, null=True, blank=True),
            sealed=SealedJSONField(choices=CLOSED, default="", blank=True),
        ),
        *sealing(
            "booking",
            "referral",
            "run_ready_closed",
            clear=models.CharField(max_length=20, null=True, blank=True),
            sealed=SealedJSONField(choices=CLOSED, default="", blank=True),
        ),
        *sealing(
            "booking",
            "referral",
            "needs_pessary_fitting",
            clear=models.BooleanField(null=True),
            sealed=SealedJSONField(default=False),
        ),
    ]
