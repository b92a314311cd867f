"""A patient is erased while somebody books for her, or while she begins a form.

There is never a visit, and never a form, of an erased patient.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booking.appointments import changes, slot_assignment
from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment, undo_cancel
from booking.models import Appointment
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.people.locking import lock_patient
from clinic.retention import erasing
from clinic.retention.erasing import StillOpen, erase_patient
from intake.intakes import answering
from intake.intakes import locking as intake_locking
from intake.intakes.answering import save_section, start_intake
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.triage.evaluate import Result
from tests.cast import client_for
from tests.factories import NOW, make_clinician, make_manager, make_offer
from tests.intake.review.reviewing import decide, make_intake
from tests.races.controls import take_locks_away
from tests.races.test_one_slot import book, offered, patients
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
ROUNDS = rounds(on_sqlite(1, 3), 20)
CONTEXT = Context(SYSTEM, NOW)


@pytest.fixture(autouse=True)
def clinic(settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    make_offer()
    make_clinician()


def erase(patient: Patient) -> Patient:
    erase_patient(patient_id=patient.pk, reason="she asked for it", context=CONTEXT)
    return patient


def both(*actions: Callable[[], Any]) -> list[Any]:
    return race(2, lambda number: actions[number]())


def by_telephone(patient: Patient) -> Callable[[], Appointment]:
    staff, slot = make_manager(email=f"{patient.pk}@example.test"), offered(NOW)[0]
    return lambda: book_by_staff(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        staff=staff,
        context=CONTEXT,
    )


def taken_back(patient: Patient) -> Callable[[], Appointment]:
    """Return what takes back that she cancelled her visit, a minute ago."""
    slot = offered(NOW)[0]
    visit = book(patient, slot, NOW)
    cancel_appointment(appointment_id=visit.pk, rev=visit.rev, context=CONTEXT)
    return lambda: undo_cancel(appointment_id=visit.pk, context=CONTEXT)


# Where each asks whether she is still there.
MODULES = {by_telephone: slot_assignment, taken_back: changes}


def visits_of_erased() -> int:
    erased = Patient.objects.filter(erased_at__isnull=False)
    return Appointment.objects.filter(patient__in=erased, status__in=("held", "booked")).count()


@pytest.mark.parametrize("made_by", [by_telephone, taken_back])
def test_she_is_erased_or_has_the_visit_but_never_both(made_by: Any) -> None:
    for patient in patients(ROUNDS, NOW):
        act = made_by(patient)
        outcomes = both(lambda patient=patient: erase(patient), act)
        won = [one for one in outcomes if isinstance(one, (Patient, Appointment))]
        assert len(won) == 1, outcomes
        assert sum(isinstance(one, (Refused, StillOpen)) for one in outcomes) == 1, outcomes
        assert visits_of_erased() == 0
        Appointment.objects.filter(status="booked").update(status="cancelled", cancelled_at=NOW)


@pytest.mark.parametrize("made_by", [by_telephone, taken_back])
def test_without_locks_an_erased_patient_has_a_visit(
    monkeypatch: pytest.MonkeyPatch, made_by: Any
) -> None:
    """The control: both have decided before either writes, and the race would see the damage."""
    [patient] = patients(1, NOW)
    act = made_by(patient)
    take_locks_away(monkeypatch)
    together = threading.Barrier(2)
    for module, name in ((erasing, "open_things"), (MODULES[made_by], "refuse_gone")):
        decide = getattr(module, name)

        def decide_together(*given: Any, decide: Any = decide) -> Any:
            found = decide(*given)
            together.wait(20)
            return found

        monkeypatch.setattr(module, name, decide_together)
    outcomes = both(lambda: erase(patient), act)
    assert [type(one) for one in outcomes] == [Patient, Appointment], outcomes
    assert visits_of_erased() == 1


def begun(patient: Patient) -> Callable[[], Intake]:
    return lambda: start_intake(contact=None, patient=patient, context=CONTEXT)


def corrected(patient: Patient) -> Callable[[], Intake]:
    """Return what begins the correction of a form that a clinician has decided on."""
    sent = make_intake(patient=patient)
    clinician = make_clinician(email=f"{patient.pk}@example.test")
    assert decide(client_for(clinician.user), sent) == 302
    return lambda: start_correction(intake_id=sent.pk, context=CONTEXT)


def saved(patient: Patient) -> Callable[[], Result]:
    """Return what saves an answer to a form that she began before."""
    draft = start_intake(contact=None, patient=patient, context=CONTEXT)
    return lambda: save_section(
        intake_id=draft.pk,
        slug="care",
        posted={"care.note": NOTE},
        is_complete=True,
        context=CONTEXT,
    )


def sent(patient: Patient) -> Callable[[], Intake]:
    draft = make_intake(patient=patient, send=False)
    return lambda: send_intake(intake_id=draft.pk, context=CONTEXT)


NOTE = "canary-note"
# What each form is refused with.
FORMS = {
    begun: Patient.DoesNotExist,
    corrected: Intake.DoesNotExist,
    saved: Intake.DoesNotExist,
    sent: Intake.DoesNotExist,
}


def written_after(patient: Patient) -> list[str]:
    """Return what was done about her after she was erased, if she was."""
    events = AuditEvent.objects.filter(patient=patient.pk).order_by("pk")
    actions = list(events.values_list("action", flat=True))
    if "erase patient" not in actions:
        return []
    forms = Intake.objects.filter(patient=patient)
    said = [str(one.pk) for one in forms if one.raw or one.answers]
    return [*actions[actions.index("erase patient") + 1 :], *said]


@pytest.mark.parametrize("made_by", FORMS)
def test_nothing_is_begun_saved_or_sent_once_she_is_erased(made_by: Any) -> None:
    for patient in patients(ROUNDS, NOW):
        act = made_by(patient)
        erased, form = both(lambda patient=patient: erase(patient), act)
        assert isinstance(erased, (Patient, StillOpen)), erased
        assert isinstance(form, (Intake, Result, FORMS[made_by])), form
        assert written_after(patient) == []


@pytest.mark.parametrize("made_by", FORMS)
def test_who_was_erased_begins_nothing(made_by: Any) -> None:
    [patient] = patients(1, NOW)
    act = made_by(patient)
    erase(patient)
    with pytest.raises(FORMS[made_by]):
        act()
    assert written_after(patient) == []


@pytest.mark.parametrize(("made_by", "module"), [(begun, answering), (saved, intake_locking)])
def test_without_the_lock_it_is_written_on_an_erased_row(
    monkeypatch: pytest.MonkeyPatch, made_by: Any, module: Any
) -> None:
    """The control: she is erased after the form has looked whether she is still there."""
    [patient] = patients(1, NOW)
    act = made_by(patient)
    take_locks_away(monkeypatch)
    looked, is_erased = threading.Event(), threading.Event()

    def look_too_early(patient_id: Any) -> Patient:
        found = lock_patient(patient_id)
        looked.set()
        assert is_erased.wait(20)
        return found

    def erase_meanwhile() -> Patient:
        assert looked.wait(20)
        erase(patient)
        is_erased.set()
        return patient

    monkeypatch.setattr(module, "lock_patient", look_too_early)
    erased, form = both(erase_meanwhile, act)
    assert isinstance(erased, Patient), erased
    assert isinstance(form, (Intake, Result)), form
    assert written_after(patient) != []
