"""URL patterns of visits that wait to be confirmed, for the patient and for the desk."""

from django.urls import path

from booking.provisional import views, views_desk

book = [
    path("visit/<uuid:appointment_id>/confirm/", views.confirm, name="confirm_visit"),
]

desk = [
    path("unconfirmed/", views_desk.unconfirmed, name="desk_unconfirmed"),
    path("unconfirmed/let-go/", views_desk.let_go, name="desk_let_go"),
    path(
        "appointment/<uuid:appointment_id>/confirmed/",
        views_desk.confirm_by_phone,
        name="desk_confirm_visit",
    ),
]
