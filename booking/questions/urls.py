"""URL patterns of the desk's buttons that mail the link to the questions."""

from django.urls import path

from booking.questions import views_desk

desk = [
    path(
        "patient/<uuid:patient_id>/questions/",
        views_desk.send_from_patient,
        name="desk_send_questions",
    ),
    path(
        "appointment/<uuid:appointment_id>/questions/",
        views_desk.send_from_visit,
        name="desk_send_visit_questions",
    ),
]
