"""Addresses under /review/."""

from django.urls import path

from intake.checkins import views_front_desk as door
from intake.day_sheet import views as clinician_day
from intake.duplicates import views as matches
from intake.fhir import views as exports
from intake.review import views as review
from intake.review import views_actions as case_acts
from intake.urgent import views_calls as calls
from intake.visit_records import views as record

urlpatterns = [
    path("", review.queue, name="review_queue"),
    path("next/", review.following, name="review_next"),
    path("day/", clinician_day.day, name="review_day"),
    path("day/<str:day>/", clinician_day.day, name="review_day_on"),
    path("visit/<uuid:appointment_id>/", record.visit_record, name="visit_record"),
    path("visit/<uuid:appointment_id>/count/", record.count_as_first, name="count_as_first"),
    path("check-ins/", door.checkins_due, name="checkins_due"),
    path("check-ins/<uuid:appointment_id>/", door.door, name="door_checkin"),
    path("check-ins/<uuid:appointment_id>/help/", door.door_emergency, name="door_emergency"),
    path("check-ins/<uuid:appointment_id>/done/", door.door_done, name="door_done"),
    path("calls/", calls.call_list, name="call_list"),
    path("calls/<uuid:call_id>/", calls.call, name="call"),
    path("undo/<uuid:decision_id>/", case_acts.undo, name="review_undo"),
    path("matches/", matches.match_list, name="match_list"),
    path("matches/<uuid:patient_id>/", matches.match, name="match"),
    path("<uuid:intake_id>/", review.case, name="review_case"),
    path("<uuid:intake_id>/leave/", case_acts.leave, name="review_leave"),
    path("<uuid:intake_id>/take-over/", case_acts.over, name="review_take_over"),
    path("<uuid:intake_id>/flag/", case_acts.flag, name="review_flag"),
    path("<uuid:intake_id>/fhir/", exports.case_fhir, name="case_fhir"),
]
