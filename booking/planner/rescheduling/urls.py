"""URL patterns for moving a visit and all after it, for the patient and for the desk."""

from django.urls import path

from booking.planner.rescheduling import views_desk, views_patient

book = [
    path(
        "visit/<uuid:appointment_id>/following/",
        views_patient.move_following,
        name="move_following",
    ),
    path(
        "visit/<uuid:appointment_id>/following/<int:number>/",
        views_patient.change_following,
        name="change_following",
    ),
]

desk = [
    path(
        "appointment/<uuid:appointment_id>/following/",
        views_desk.move_following,
        name="desk_move_following",
    ),
    path(
        "appointment/<uuid:appointment_id>/following/<int:number>/",
        views_desk.change_following,
        name="desk_change_following",
    ),
]
