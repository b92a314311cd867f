"""Addresses of the check-in before a visit, for the patient and at the front desk."""

from django.urls import path

from intake.checkins import views, views_front_desk

visits = [
    path("check-in/<uuid:appointment_id>/", views.check_in, name="check_in"),
    path("check-in/<uuid:appointment_id>/help/", views.emergency, name="check_in_emergency"),
    path("check-in/<uuid:appointment_id>/helped/", views.helped, name="check_in_helped"),
    path("check-in/<uuid:appointment_id>/result/", views.result, name="check_in_result"),
]

review = [
    path("check-ins/", views_front_desk.checkins_due, name="checkins_due"),
    path(
        "check-ins/<uuid:appointment_id>/",
        views_front_desk.front_desk_checkin,
        name="front_desk_checkin",
    ),
    path(
        "check-ins/<uuid:appointment_id>/help/",
        views_front_desk.front_desk_emergency,
        name="front_desk_emergency",
    ),
    path(
        "check-ins/<uuid:appointment_id>/done/",
        views_front_desk.front_desk_done,
        name="front_desk_done",
    ),
]
