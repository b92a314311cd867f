"""Addresses of the questions of a patient whom the desk has booked."""

from django.urls import path

from intake.own_questions import views

intake = [
    path("yours/<uuid:patient_id>/", views.own_questions, name="own_questions"),
    path("visit/<uuid:appointment_id>/", views.questions_of_visit, name="questions_of_visit"),
]
