"""Two rows of one person are merged while one of them books, answers, sends or is erased.

Nothing stays on the row that is gone, and nothing of hers is on a row that was erased.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booking.appointments.bookings import book_by_staff, confirm_hold
from booking.appointments.holds import hold_slot
from booking.models import Appointment, Enrollment, Referral
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from clinic.retention.erasing import StillOpen, erase_patient
from intake.duplicates.merge import merge_patients
from intake.intakes.sending import send_intake
from intake.models import Concern, Intake, Task
from tests.factories import NOW, make_clinician, make_manager, make_offer, make_patient
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake, save_page
from tests.races.test_one_slot import offered, patients
from tests.racing import race
from tests.rounds import rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
ROUNDS = rounds(3, 20)
CONTEXT = Context(SYSTEM, NOW)

Act = Callable[[], Any]


@pytest.fixture(autouse=True)
def clinic(settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    make_offer()
    make_clinician()


def twin_of(patient: Patient) -> Patient:
    """Return a second row with the same contact."""
    same = {name: getattr(patient, name) for name in ("name", "email", "phone", "born_on")}
    return make_patient(**same, is_unmatched=True)


def merge(kept: Patient, merged: Patient) -> Patient:
    return merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=CONTEXT)


def both(*acts: Act) -> list[Any]:
    return race(2, lambda number: acts[number]())


# --- What she does meanwhile ----------------------------------------------------------------------


def books_by_telephone(patient: Patient) -> Act:
    staff, slot = make_manager(email=f"{patient.pk}@example.test"), offered(NOW)[0]
    at = {"starts_at": slot.starts_at, "clinician_id": slot.clinician_id}
    return lambda: book_by_staff(
        patient=patient, service_code="evaluation", staff=staff, context=CONTEXT, **at
    )


def confirms_a_kept_time(patient: Patient) -> Act:
    slot, key = offered(NOW)[0], f"holder {patient.pk}"
    at = {"starts_at": slot.starts_at, "clinician_id": slot.clinician_id, "holder_key": key}
    held = hold_slot(patient=patient, service_code="evaluation", context=CONTEXT, **at)
    confirmed = {"appointment_id": held.pk, "holder_key": key, "exam_wish": ""}
    return lambda: confirm_hold(**confirmed, context=CONTEXT)


def sends_a_red_form(patient: Patient) -> Act:
    draft = make_intake(send=False, patient=patient, **TORN)
    return lambda: send_intake(intake_id=draft.pk, context=CONTEXT)


def answers_urgently(patient: Patient) -> Act:
    draft = make_intake(send=False, patient=patient)
    return lambda: save_page(intake=draft, slug="safety", said=dict(FEVERISH))


def left_behind() -> dict[str, int]:
    """Return what of hers stands on rows that were merged into another, by table."""
    rows = {
        "visits": Appointment.objects.filter(status__in=("held", "booked")),
        "packages": Enrollment.objects.live(),
        "referrals": Referral.objects.filter(superseded_at__isnull=True),
        "forms": Intake.objects.all(),
        "concerns": Concern.objects.open(),
        "tasks": Task.objects.open(),
    }
    counts = {name: one.filter(patient__merged_into__isnull=False) for name, one in rows.items()}
    return {name: found.count() for name, found in counts.items() if found.exists()}


@pytest.mark.parametrize(
    ("does", "happens"),
    [
        (books_by_telephone, lambda: Appointment.objects.filter(status="booked")),
        (confirms_a_kept_time, lambda: Appointment.objects.filter(status="booked")),
        (sends_a_red_form, Concern.objects.open),
        (answers_urgently, Concern.objects.open),
    ],
)
@pytest.mark.parametrize("is_kept", [True, False])
def test_what_she_does_while_her_rows_are_merged_is_hers(
    does: Any, happens: Any, is_kept: bool
) -> None:
    for number, patient in enumerate(patients(ROUNDS, NOW), 1):
        twin, act = twin_of(patient), does(patient)
        kept, merged = (patient, twin) if is_kept else (twin, patient)
        merging, done = both(lambda kept=kept, merged=merged: merge(kept, merged), act)
        assert merging == kept or isinstance(merging, Refused), merging
        refused = isinstance(done, Refused)
        assert refused or not isinstance(done, Exception), done
        assert left_behind() == {}
        hers = happens().filter(patient__merged_into__isnull=True, patient__in=(kept, merged))
        assert hers.count() == (0 if refused else 1), f"round {number}: {done}"
        Appointment.objects.filter(status="booked").update(status="cancelled", cancelled_at=NOW)


def lost_with_an_erased_row() -> int:
    gone = Patient.objects.filter(merged_into__erased_at__isnull=False, erased_at__isnull=True)
    return gone.count()


@pytest.mark.parametrize("is_kept", [True, False])
def test_while_her_rows_are_merged_one_is_erased(is_kept: bool) -> None:
    for patient in patients(ROUNDS, NOW):
        twin = twin_of(patient)
        kept, merged = (patient, twin) if is_kept else (twin, patient)
        erasing, merging = both(
            lambda patient=patient: erase_patient(
                patient_id=patient.pk, reason="she asked for it", context=CONTEXT
            ),
            lambda kept=kept, merged=merged: merge(kept, merged),
        )
        assert not isinstance(erasing, Exception) or isinstance(erasing, StillOpen), erasing
        # Merged first, all of her is erased; erased first, nothing is merged with what is gone.
        is_one = Patient.objects.filter(pk=merged.pk, merged_into=kept).exists()
        assert is_one or isinstance(merging, Patient.DoesNotExist), merging
        names = set(Patient.objects.filter(pk__in=(kept.pk, merged.pk)).values_list("name", "pk"))
        erased = {key for name, key in names if name == "Erased"}
        if not isinstance(erasing, Exception):
            assert erased == ({kept.pk, merged.pk} if is_one else {patient.pk})
        assert lost_with_an_erased_row() == 0
