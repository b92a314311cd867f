"""Addresses under /desk/."""

from django.urls import include, path

from booking.calendar import views as desk_calendar
from booking.catalog import views_desk as desk_terms
from booking.desk import (
    views_contact as desk_contact,
)
from booking.desk import (
    views_explain as desk_why,
)
from booking.desk import (
    views_move as desk_move,
)
from booking.desk import (
    views_patients as desk_patients,
)
from booking.desk import (
    views_visit as desk_visit,
)
from booking.opening_hours import views_desk as desk_hours
from booking.opening_hours import views_room as room_hours
from booking.planner.rescheduling.views_desk import change_following, move_following
from booking.worklists import views as desk_lists
from booking.worklists import views_mail as desk_mail

clinician_patterns = [
    path("", desk_hours.clinician_hours, name="desk_clinician_hours"),
    path("close/", desk_hours.close_clinician, name="desk_clinician_close"),
    path("open/", desk_hours.open_clinician, name="desk_clinician_open"),
    path("week/", desk_hours.clinician_week, name="desk_clinician_week"),
    path("abilities/", desk_hours.clinician_abilities, name="desk_clinician_abilities"),
    path(
        "closure/<int:closure_id>/reopen/",
        desk_hours.reopen_clinician,
        name="desk_clinician_reopen",
    ),
    path(
        "opening/<int:opening_id>/close/",
        desk_hours.close_extra,
        name="desk_clinician_close_extra",
    ),
]

room_patterns = [
    path("", room_hours.room_hours, name="desk_room_hours"),
    path("change/", room_hours.change_room, name="desk_room_change"),
    path("close/", room_hours.close_room, name="desk_room_close"),
    path("open/", room_hours.open_room, name="desk_room_open"),
    path("week/", room_hours.room_week, name="desk_room_week"),
    path("closure/<int:closure_id>/reopen/", room_hours.reopen_room, name="desk_room_reopen"),
    path("opening/<int:opening_id>/close/", room_hours.close_extra, name="desk_room_close_extra"),
]

urlpatterns = [
    path("", desk_calendar.home, name="desk_home"),
    path("day/", desk_calendar.day, name="desk_day"),
    path("day/<str:day>/", desk_calendar.day, name="desk_day_on"),
    path("week/", desk_calendar.week, name="desk_week"),
    path("week/<str:day>/", desk_calendar.week, name="desk_week_on"),
    path("lists/", desk_lists.overview, name="desk_lists"),
    path("lists/beside/", desk_lists.beside, name="desk_beside"),
    path("lists/<slug:slug>/", desk_lists.one_list, name="desk_list"),
    path("lists/<slug:slug>/file/", desk_lists.as_file, name="desk_list_file"),
    path("why/", desk_why.why, name="desk_why"),
    path("hours/", desk_hours.clinic_hours, name="desk_hours"),
    path("hours/close/", desk_hours.close_clinic, name="desk_close"),
    path("hours/closure/<int:closure_id>/reopen/", desk_hours.reopen, name="desk_reopen"),
    path("hours/room/<int:room_id>/", include(room_patterns)),
    path("hours/<int:clinician_id>/", include(clinician_patterns)),
    path("terms/", desk_terms.terms, name="desk_terms"),
    path("terms/change/", desk_terms.change_terms, name="desk_change_terms"),
    path("terms/<slug:code>/", desk_terms.change_service, name="desk_change_service"),
    path("appointment/<uuid:appointment_id>/", desk_visit.appointment, name="desk_appointment"),
    path("appointment/<uuid:appointment_id>/mark/<slug:mark>/", desk_visit.mark, name="desk_mark"),
    path("appointment/<uuid:appointment_id>/cancel/", desk_visit.cancel, name="desk_cancel"),
    path("appointment/<uuid:appointment_id>/undo/", desk_visit.undo, name="desk_undo_cancel"),
    path("appointment/<uuid:appointment_id>/move/", desk_move.move, name="desk_move"),
    path(
        "appointment/<uuid:appointment_id>/following/",
        move_following,
        name="desk_move_following",
    ),
    path(
        "appointment/<uuid:appointment_id>/following/<int:number>/",
        change_following,
        name="desk_change_following",
    ),
    path("appointment/<uuid:appointment_id>/aside/", desk_move.aside, name="desk_aside"),
    path("appointment/<uuid:appointment_id>/keep/", desk_move.keep, name="desk_keep"),
    path("patients/", desk_patients.patients, name="desk_patients"),
    path("patients/new/", desk_patients.new_patient, name="desk_new_patient"),
    path("patient/<uuid:patient_id>/", desk_patients.patient, name="desk_patient"),
    path("patient/<uuid:patient_id>/contact/", desk_contact.contact, name="desk_contact"),
    path(
        "patient/<uuid:patient_id>/reminders/",
        desk_contact.choose_reminders,
        name="desk_reminders",
    ),
    path("patient/<uuid:patient_id>/book/", desk_patients.new_appointment, name="desk_new"),
    path("mail/", desk_mail.mails, name="desk_mails"),
    path("mail/file/", desk_mail.mails_file, name="desk_mails_file"),
    path("mail/<uuid:email_id>/", desk_mail.mail, name="desk_mail"),
    path("mail/<uuid:email_id>/retry/", desk_mail.retry, name="desk_retry_mail"),
]
