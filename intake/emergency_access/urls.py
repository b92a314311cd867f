"""Addresses of accesses in an emergency."""

from django.urls import path

from intake.emergency_access import views

emergency = [
    path("", views.emergency_accesses, name="emergency_accesses"),
    path("<uuid:patient_id>/", views.emergency_access, name="emergency_access"),
]
