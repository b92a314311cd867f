"""Addresses under /desk/."""

from django.urls import path

from booking.views import desk, desk_calendar

urlpatterns = [
    path("", desk_calendar.home, name="desk_home"),
    path("day/", desk_calendar.day, name="desk_day"),
    path("day/<str:day>/", desk_calendar.day, name="desk_day_on"),
    path("week/", desk_calendar.week, name="desk_week"),
    path("week/<str:day>/", desk_calendar.week, name="desk_week_on"),
    path("appointment/<uuid:appointment_id>/", desk.appointment, name="desk_appointment"),
    path("appointment/<uuid:appointment_id>/mark/<slug:mark>/", desk.mark, name="desk_mark"),
    path("appointment/<uuid:appointment_id>/cancel/", desk.cancel, name="desk_cancel"),
    path("appointment/<uuid:appointment_id>/move/", desk.move, name="desk_move"),
    path("patients/", desk.patients, name="desk_patients"),
    path("patients/new/", desk.new_patient, name="desk_new_patient"),
    path("patient/<uuid:patient_id>/", desk.patient, name="desk_patient"),
    path("patient/<uuid:patient_id>/book/", desk.new_appointment, name="desk_new"),
    path("mail/", desk.mails, name="desk_mails"),
    path("mail/<uuid:email_id>/", desk.mail, name="desk_mail"),
]
