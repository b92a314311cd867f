"""Rows for the proof of outages: `python -m tests.faults.outage_rows BOOKERS PHONE` prints them.

It runs on the database of DATABASE_URL, which a test of its own cannot restart.
"""

import json
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from booking.models import Room  # noqa: E402
from booking.scheduling.slot_choices import TimeChoice  # noqa: E402
from clinic.models.people import Patient  # noqa: E402
from clinic.models.practice import ClinicFacts  # noqa: E402
from tests.bench.bookings import apart  # noqa: E402
from tests.bench.crowds import offered, people  # noqa: E402
from tests.bench.pages import browser_of, cookie_of  # noqa: E402
from tests.factories import make_clinician, make_offer  # noqa: E402

CLINICIANS = 10


def main() -> None:
    """Make a clinic and as many patients, each with a session and a time of her own."""
    bookers, phone = int(sys.argv[1]), sys.argv[2]
    facts = {"opened_at": timezone.now(), "zone": "America/New_York", "phone": phone}
    ClinicFacts.objects.update_or_create(pk=ClinicFacts.ONLY, defaults=facts)
    make_offer()
    for number in range(CLINICIANS):
        Room.objects.create(name=f"Other {number}")
        make_clinician(email=f"c{number}@example.test", name=f"Dr. Number {number}")
    slots = apart(offered(90))[:bookers]
    patients = people(len(slots), "outage")
    # Who has proven her mailbox is not held back as somebody who books many times may be.
    Patient.objects.update(proven_at=timezone.now())
    made = [
        {
            "patient": str(patient.pk),
            "cookie": cookie_of(browser_of(patient))["Cookie"],
            "slot": TimeChoice(slot.starts_at, slot.clinician_id, "").value,
        }
        for patient, slot in zip(patients, slots, strict=True)
    ]
    print(json.dumps(made))


if __name__ == "__main__":
    main()
