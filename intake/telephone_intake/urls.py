"""The address of the page on which the desk begins an intake for a patient on the telephone."""

from django.urls import path

from intake.telephone_intake import views

intake = [path("desk/<uuid:patient_id>/", views.start, name="desk_intake")]
