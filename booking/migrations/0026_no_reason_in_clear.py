"""Take the clear reasons out of the books, and seal those of visits and packages."""

from django.db import migrations, models
from django.db.models import Q

from booking.constraints import NoOverlap
from clinic.database.sealed import SealedJSONField
from clinic.database.sealing import sealing

BLOCKING = ("held", "booked", "arrived", "completed", "no_show")
BOOKS = {
    "addeddays": (
        "added_days_bounded_with_reason",
        lambda reason: (
            Q(kind="review", days=1)
            | (Q(kind__in=("extension", "pause"), days__range=(1, 90)) & ~Q(**{reason: ""}))
        ),
    ),
    "ledgerentry": (
        "ledger_delta_fits_kind",
        lambda reason: (
            Q(kind="grant", delta__gt=0, appointment__isnull=True)
            | Q(kind="reserve", delta=-1, appointment__isnull=False)
            | Q(kind="return", delta=1, appointment__isnull=False)
            | Q(kind__in=("forfeit", "consume"), delta=0, appointment__isnull=False)
            | (Q(kind="adjust") & ~Q(delta=0) & ~Q(**{reason: ""}))
        ),
    ),
    "payment": (
        "payment_part_or_reason",
        lambda reason: (
            Q(kind="paid", part__range=(1, 12))
            | (Q(kind="refund", part__isnull=True) & ~Q(**{reason: ""}))
        ),
    ),
}
NO_OVERLAP = {
    "appointment_clinician_no_overlap": ("clinician", "The clinician is taken at this time."),
    "appointment_room_no_overlap": ("room", "The room is taken at this time."),
}


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0025_seal_reasons_of_the_books"),
    ]

    operations = [
        *(
            migrations.RemoveConstraint(model_name=model, name=name)
            for model, (name, _) in BOOKS.items()
        ),
        *(migrations.RemoveField(model_name=model, name="reason") for model in BOOKS),
        *(
            migrations.AddConstraint(
                model_name=model,
                constraint=models.CheckConstraint(condition=made("reason_digest"), name=name),
            )
            for model, (name, made) in BOOKS.items()
        ),
        *(migrations.RemoveConstraint(model_name="appointment", name=name) for name in NO_OVERLAP),
        *sealing(
            "booking",
            "appointment",
            "overlap_reason",
            clear=models.CharField(max_length=200, null=True, blank=True),
            sealed=SealedJSONField(null=True, blank=True),
        ),
        *sealing(
            "booking",
            "appointment",
            "early_reason",
            clear=models.CharField(max_length=200, null=True, blank=True),
            sealed=SealedJSONField(default="", blank=True),
        ),
        *sealing(
            "booking",
            "enrollment",
            "ending_reason",
            clear=models.CharField(max_length=200, null=True, blank=True),
            sealed=SealedJSONField(default="", blank=True),
        ),
        *(
            migrations.AddConstraint(
                model_name="appointment",
                constraint=NoOverlap(
                    name=name,
                    within=(within,),
                    range=("busy_from", "busy_until"),
                    condition=Q(status__in=BLOCKING) & Q(overlap_reason__isnull=True),
                    violation_error_message=said,
                ),
            )
            for name, (within, said) in NO_OVERLAP.items()
        ),
    ]
