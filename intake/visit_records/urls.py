"""Addresses of a visit's record."""

from django.urls import path

from intake.visit_records import views

review = [
    path("visit/<uuid:appointment_id>/", views.visit_record, name="visit_record"),
    path("visit/<uuid:appointment_id>/count/", views.count_as_first, name="count_as_first"),
]
