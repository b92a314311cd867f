"""URL patterns of the desk's pages of a clinic that begins."""

from django.urls import path

from booking.set_up import views

desk = [
    path("set-up/usual/", views.usual_clinic, name="usual_clinic"),
    path("set-up/holidays/", views.holidays, name="holidays"),
    path("set-up/walk-through/", views.walk_through, name="walk_through"),
]
