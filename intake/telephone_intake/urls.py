"""The address at which the desk begins a form for a patient on the telephone."""

from django.urls import path

from intake.telephone_intake import views

intake = [path("desk/<uuid:patient_id>/", views.start, name="desk_intake")]
