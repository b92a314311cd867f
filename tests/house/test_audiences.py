"""Who may see which page: every page is asked for by everybody."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models.practice import HeardFrom
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.review.reviewing import make_row

pytestmark = pytest.mark.django_db

# Status codes for: anonymous, patient, other patient, manager, clinician, access admin, disabled
TABLE = {
    "home": (200, 200, 200, 200, 200, 200, 200),
    "prices": (200, 200, 200, 200, 200, 200, 200),
    "fhir_form": (200, 200, 200, 200, 200, 200, 200),
    "fhir_codes": (200, 200, 200, 200, 200, 200, 200),
    "learn": (200, 200, 200, 200, 200, 200, 200),
    "learn_sources": (200, 200, 200, 200, 200, 200, 200),
    "intake_welcome": (200, 200, 200, 200, 200, 200, 200),
    "intake_link": (200, 200, 200, 200, 200, 200, 200),
    "intake_link_sent": (200, 200, 200, 200, 200, 200, 200),
    "intake_closed": (200, 200, 200, 200, 200, 200, 200),
    "intake_later": (302, 302, 302, 302, 302, 302, 302),
    "intake_summary": (302, 302, 302, 302, 302, 302, 302),
    "intake_change": (405, 405, 405, 405, 405, 405, 405),
    "intake_keep": (405, 405, 405, 405, 405, 405, 405),
    "own_questions": (404, 404, 404, 404, 404, 404, 404),
    "questions_of_visit": (404, 200, 404, 404, 404, 404, 404),
    "desk_send_questions": (302, 403, 403, 405, 403, 403, 302),
    "desk_send_visit_questions": (302, 403, 403, 405, 403, 403, 302),
    "intake_resume": (404, 404, 404, 404, 404, 404, 404),
    "book_home": (302, 200, 200, 403, 403, 403, 302),
    "plan": (302, 200, 409, 403, 403, 403, 302),
    "plan_change": (302, 200, 409, 403, 403, 403, 302),
    "plan_confirm": (302, 404, 404, 403, 403, 403, 302),
    "visits_home": (302, 200, 200, 403, 403, 403, 302),
    "readers": (302, 200, 200, 403, 403, 403, 302),
    "own_record": (302, 200, 200, 403, 403, 403, 302),
    "own_record_file": (302, 200, 200, 403, 403, 403, 302),
    "desk_record": (302, 403, 403, 200, 403, 403, 302),
    "hand_over": (302, 403, 403, 403, 200, 403, 302),
    "desk_home": (302, 403, 403, 302, 403, 403, 302),
    "desk_day": (302, 403, 403, 200, 403, 403, 302),
    "desk_week": (302, 403, 403, 200, 403, 403, 302),
    "desk_beside": (302, 403, 403, 200, 403, 403, 302),
    "desk_lists": (302, 403, 403, 200, 403, 403, 302),
    "desk_list": (302, 403, 403, 200, 403, 403, 302),
    "desk_list_file": (302, 403, 403, 200, 403, 403, 302),
    "desk_why": (302, 403, 403, 200, 403, 403, 302),
    "desk_hours": (302, 403, 403, 200, 403, 403, 302),
    "desk_terms": (302, 403, 403, 200, 403, 403, 302),
    "desk_change_terms": (302, 403, 403, 200, 403, 403, 302),
    "desk_add_service": (302, 403, 403, 200, 403, 403, 302),
    "desk_add_package": (302, 403, 403, 200, 403, 403, 302),
    "heard_from": (302, 403, 403, 200, 403, 403, 302),
    "heard_from_usual": (302, 403, 403, 405, 403, 403, 302),
    "heard_from_sheet": (302, 403, 403, 200, 403, 403, 302),
    "heard_from_change": (302, 403, 403, 200, 403, 403, 302),
    "heard_from_qr": (302, 403, 403, 200, 403, 403, 302),
    "desk_close": (302, 403, 403, 200, 403, 403, 302),
    "desk_clinician_hours": (302, 403, 403, 200, 403, 403, 302),
    "desk_clinician_close": (302, 403, 403, 200, 403, 403, 302),
    "desk_clinician_open": (302, 403, 403, 200, 403, 403, 302),
    "desk_clinician_week": (302, 403, 403, 200, 403, 403, 302),
    "desk_clinician_abilities": (302, 403, 403, 200, 403, 403, 302),
    "own_hours": (302, 403, 403, 403, 200, 403, 302),
    "own_close": (302, 403, 403, 403, 200, 403, 302),
    "own_open": (302, 403, 403, 403, 200, 403, 302),
    "own_week": (302, 403, 403, 403, 200, 403, 302),
    "desk_patients": (302, 403, 403, 200, 403, 403, 302),
    "desk_contact": (302, 403, 403, 200, 403, 403, 302),
    "desk_mails": (302, 403, 403, 200, 403, 403, 302),
    "desk_let_mail_go": (302, 403, 403, 405, 403, 403, 302),
    "desk_leave_mail_unsent": (302, 403, 403, 405, 403, 403, 302),
    "desk_appointment": (302, 403, 403, 200, 403, 403, 302),
    "desk_patient": (302, 403, 403, 200, 403, 403, 302),
    "desk_note": (302, 403, 403, 200, 403, 403, 302),
    "desk_emergency_contact": (302, 403, 403, 200, 403, 403, 302),
    "own_rows": (302, 200, 200, 403, 403, 403, 302),
    "email_yes_old": (404, 404, 404, 404, 404, 404, 404),
    "email_yes_new": (404, 404, 404, 404, 404, 404, 404),
    "email_not_me": (404, 404, 404, 404, 404, 404, 404),
    "own_email": (302, 200, 200, 403, 403, 403, 302),
    "desk_send_confirmations": (302, 403, 403, 405, 403, 403, 302),
    "desk_send_confirmation": (302, 403, 403, 405, 403, 403, 302),
    "emergency_contact": (302, 200, 200, 403, 403, 403, 302),
    "desk_intake": (302, 403, 403, 200, 403, 403, 302),
    "desk_new": (302, 403, 403, 200, 403, 403, 302),
    "own_feed": (302, 403, 403, 403, 200, 403, 302),
    "patient_feed": (302, 200, 200, 403, 403, 403, 302),
    "calendar_feed": (404, 404, 404, 404, 404, 404, 404),
    "desk_waitlist": (302, 403, 403, 200, 403, 403, 302),
    "desk_waitlist_add": (302, 403, 403, 200, 403, 403, 302),
    "desk_waitlist_remove": (302, 403, 403, 405, 403, 403, 302),
    "slot_offer": (404, 404, 404, 404, 404, 404, 404),
    "slot_offer_take": (404, 404, 404, 404, 404, 404, 404),
    "slot_offer_undo": (404, 404, 404, 404, 404, 404, 404),
    "slot_offer_decline": (404, 404, 404, 404, 404, 404, 404),
    "book_earlier": (302, 200, 409, 403, 403, 403, 302),
    "desk_package": (302, 403, 403, 200, 403, 403, 302),
    "desk_receipt": (302, 403, 403, 200, 403, 403, 302),
    "desk_visit_money": (302, 403, 403, 200, 403, 403, 302),
    "desk_visit_receipt": (302, 403, 403, 200, 403, 403, 302),
    "desk_takings": (302, 403, 403, 200, 403, 403, 302),
    "desk_package_act": (302, 403, 403, 405, 403, 403, 302),
    "manage_visit": (404, 200, 404, 404, 404, 404, 404),
    "confirm_visit": (404, 302, 404, 404, 404, 404, 404),
    "choose_reminders": (404, 200, 404, 404, 404, 404, 404),
    "undo_cancel_visit": (404, 302, 404, 404, 404, 404, 404),
    "tell_desk": (404, 302, 404, 404, 404, 404, 404),
    "cancel_visit": (404, 200, 404, 404, 404, 404, 404),
    "visit_calendar": (404, 200, 404, 404, 404, 404, 404),
    "move_following": (404, 409, 404, 404, 404, 404, 404),
    "desk_move_following": (302, 403, 403, 409, 403, 403, 302),
    "desk_unconfirmed": (302, 403, 403, 200, 403, 403, 302),
    "desk_clock_law": (302, 403, 403, 200, 403, 403, 302),
    "desk_put_back": (302, 403, 403, 405, 403, 403, 302),
    "desk_take_unchecked": (302, 403, 403, 405, 403, 403, 302),
    "desk_keep_shown": (302, 403, 403, 405, 403, 403, 302),
    "desk_let_go": (302, 403, 403, 405, 403, 403, 302),
    "desk_confirm_visit": (302, 403, 403, 405, 403, 403, 302),
    "desk_keep": (302, 403, 403, 405, 403, 403, 302),
    "desk_undo_cancel": (302, 403, 403, 405, 403, 403, 302),
    "staff_waits": (302, 403, 403, 200, 200, 200, 302),
    "desk_reminders": (302, 403, 403, 405, 403, 403, 302),
    "desk_join": (302, 403, 403, 200, 403, 403, 302),
    "desk_plan": (302, 403, 403, 200, 403, 403, 302),
    "desk_plan_book": (302, 403, 403, 405, 403, 403, 302),
    "people": (302, 403, 403, 403, 403, 200, 302),
    "mail_test": (302, 403, 403, 200, 403, 200, 302),
    "before_you_open": (302, 403, 403, 200, 403, 200, 302),
    "about_backups": (302, 403, 403, 200, 403, 200, 302),
    "open_clinic": (302, 403, 403, 405, 403, 403, 302),
    "clinic_facts": (302, 403, 403, 200, 403, 403, 302),
    "clinic_zone": (302, 403, 403, 200, 403, 403, 302),
    "usual_clinic": (302, 403, 403, 200, 403, 403, 302),
    "holidays": (302, 403, 403, 200, 403, 403, 302),
    "walk_through": (302, 403, 403, 200, 403, 403, 302),
    "rules_sign_off": (302, 403, 403, 403, 200, 403, 302),
    "set_up": (200, 200, 200, 200, 200, 200, 200),
    "reset_second_factor": (302, 403, 403, 403, 403, 200, 302),
    "emergency_accesses": (302, 403, 403, 403, 403, 200, 302),
    "emergency_access": (302, 403, 403, 200, 200, 403, 302),
    "audit_log": (302, 403, 403, 403, 403, 200, 302),
    "audit_log_file": (302, 403, 403, 403, 403, 200, 302),
    "export_everything": (302, 403, 403, 403, 403, 200, 302),
    "moving_in": (302, 403, 403, 403, 403, 200, 302),
    "moving_in_template": (302, 403, 403, 403, 403, 200, 302),
    "moving_in_run": (302, 403, 403, 403, 403, 404, 302),
    "moving_in_progress": (302, 403, 403, 403, 403, 404, 302),
    "moving_in_words": (302, 403, 403, 403, 403, 405, 302),
    "moving_in_start": (302, 403, 403, 403, 403, 405, 302),
    "moving_in_undo": (302, 403, 403, 403, 403, 405, 302),
    "moving_in_discard": (302, 403, 403, 403, 403, 405, 302),
    "moving_in_choose": (302, 403, 403, 403, 403, 405, 302),
    "desk_moved_in": (302, 403, 403, 200, 403, 403, 302),
    "desk_moved_in_done": (302, 403, 403, 405, 403, 403, 302),
    "mfa_index": (302, 403, 403, 200, 200, 200, 302),
    "staff_sessions": (302, 403, 403, 200, 200, 200, 302),
    "patient_sessions": (302, 200, 200, 403, 403, 403, 302),
    # Asks for a fresh proof first, which these sessions never gave.
    "mfa_add_webauthn": (302, 403, 403, 200, 200, 200, 302),
    "mfa_reauthenticate_webauthn": (302, 403, 403, 302, 302, 302, 302),
    "mfa_remove_webauthn": (302, 403, 403, 404, 404, 404, 302),
    "mfa_login_webauthn": (302, 302, 302, 302, 302, 302, 302),
    "account_reset_password": (200, 200, 200, 200, 200, 200, 200),
    "progress": (302, 200, 200, 403, 403, 403, 302),
    "own_result": (302, 200, 200, 403, 403, 403, 302),
    "walk_run_plan": (302, 200, 200, 403, 403, 403, 302),
    "checkins_due": (302, 403, 403, 200, 200, 403, 302),
    "review_day": (302, 403, 403, 403, 200, 403, 302),
    "visit_record": (302, 403, 403, 403, 200, 403, 302),
    "reports": (302, 403, 403, 200, 403, 403, 302),
    "review_queue": (302, 403, 403, 403, 200, 403, 302),
    "review_flag": (302, 403, 403, 403, 200, 403, 302),
    "review_take_over": (302, 403, 403, 403, 302, 403, 302),
    "review_leave": (302, 403, 403, 403, 405, 403, 302),
    "review_undo": (302, 403, 403, 403, 405, 403, 302),
    "match_list": (302, 403, 403, 200, 200, 403, 302),
    "match": (302, 403, 403, 200, 200, 403, 302),
    "case_fhir": (302, 403, 403, 403, 200, 403, 302),
    "task_list": (302, 403, 403, 200, 200, 403, 302),
    "task_contact": (302, 403, 403, 403, 405, 403, 302),
}
OF_APPOINTMENT = {
    "desk_send_confirmation",
    "desk_send_visit_questions",
    "questions_of_visit",
    "desk_visit_money",
    "desk_visit_receipt",
    "plan_confirm",
    "visit_record",
    "desk_appointment",
    "manage_visit",
    "cancel_visit",
    "visit_calendar",
    "confirm_visit",
    "choose_reminders",
    "undo_cancel_visit",
    "tell_desk",
    "desk_confirm_visit",
    "desk_keep_shown",
    "move_following",
    "desk_move_following",
    "desk_keep",
    "desk_undo_cancel",
}
OF_PATIENT = {"match", "desk_contact", "desk_patient", "desk_new", "desk_intake"} | {
    "desk_waitlist_add",
    "desk_join",
    "desk_note",
    "desk_send_confirmations",
    "desk_send_questions",
    "desk_emergency_contact",
    "desk_reminders",
    "emergency_access",
    "desk_record",
    "hand_over",
}
BY_NAME = {
    "calendar_feed": ["unknown"],
    "book_earlier": ["evaluation"],
    "fhir_form": ["intake"],
    "fhir_codes": ["1.1"],
    "plan_change": [1],
    "mfa_remove_webauthn": [1],
    "moving_in_template": ["patients"],
}
OF_INTAKE = {"desk_waitlist_remove", "intake_resume", "own_questions", "task_contact"} | {
    "slot_offer",
    "slot_offer_take",
    "slot_offer_undo",
    "slot_offer_decline",
    *("email_yes_old", "email_yes_new", "email_not_me"),
    "moving_in_run",
    "moving_in_progress",
    "moving_in_words",
    "moving_in_start",
    "moving_in_undo",
    "moving_in_discard",
    "moving_in_choose",
    "desk_moved_in_done",
}
HOURS_PAGES = ("hours", "close", "open", "week", "abilities")
OF_CLINICIAN = {f"desk_clinician_{name}" for name in HOURS_PAGES}
OF_PACKAGE = {"desk_package", "desk_receipt", "desk_package_act", "desk_plan", "desk_plan_book"}
OF_PLACE = {"heard_from_sheet", "heard_from_change", "heard_from_qr"}
OF_CASE = {"case_fhir", "review_flag", "review_take_over", "review_leave", "review_undo"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def everybody(cast: Cast) -> list[Client]:
    clinician = cast.clinician.user
    people = [cast.patient.user, cast.other_patient.user, cast.manager, clinician, cast.admin]
    return [client_for(), *(client_for(one) for one in people), client_for(cast.disabled)]


def test_everybody_gets_the_answer_in_the_table(cast: Cast) -> None:
    referral = make_referral(patient=cast.patient)
    enrollment = make_enrollment(patient=cast.patient, referral=referral)
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW)
    intake = make_row(queue="red", due=NOW)
    place = HeardFrom.objects.create(name="A running club", code="k7m4p")
    clients = everybody(cast)
    for name, expected in TABLE.items():
        args = [visit.pk] if name in OF_APPOINTMENT else []
        args = [cast.patient.pk] if name in OF_PATIENT else args
        args = [uuid4()] if name in OF_INTAKE else args
        args = ["idle"] if name in {"desk_list", "desk_list_file"} else args
        args = [cast.clinician.pk] if name in OF_CLINICIAN else args
        args = [intake.pk] if name in OF_CASE else args
        args = BY_NAME.get(name, args)
        args = [cast.manager.pk] if name == "reset_second_factor" else args
        args = [enrollment.pk] if name in OF_PACKAGE else args
        args = [place.pk] if name in OF_PLACE else args
        args = [*args, "evaluation"] if name == "desk_waitlist_add" else args
        args = [*args, "pay"] if name == "desk_package_act" else args
        path = reverse(name, args=args)
        found = tuple(client.get(path).status_code for client in clients)
        assert found == expected, name


def test_a_staff_member_without_a_second_factor_reaches_only_its_set_up(cast: Cast) -> None:
    cast.manager.is_sample = False
    cast.manager.save()
    answer = client_for(cast.manager).get(reverse("desk_day"))
    assert answer["Location"] == reverse("mfa_activate_totp")
