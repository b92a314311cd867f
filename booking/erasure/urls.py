"""The address of the page that erases a patient."""

from django.urls import path

from booking.erasure import views

desk = [path("patient/<uuid:patient_id>/erase/", views.erase, name="desk_erase")]
