"""Addresses of the emergency contact: the patient's page, and the desk's."""

from django.urls import path

from intake.emergency_contact import views

visits = [path("emergency-contact/", views.emergency_contact, name="emergency_contact")]
desk = [
    path(
        "patient/<uuid:patient_id>/emergency-contact/",
        views.emergency_contact_for_patient,
        name="desk_emergency_contact",
    )
]
