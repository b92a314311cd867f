"""Addresses of one package at the desk."""

from django.urls import path

from booking.billing import views

# The name of a form takes any word: these come after every other address under /desk/package/.
desk_package = [
    path("<uuid:enrollment_id>/", views.package, name="desk_package"),
    path("<uuid:enrollment_id>/receipt/", views.receipt, name="desk_receipt"),
    path("<uuid:enrollment_id>/<slug:act>/", views.act, name="desk_package_act"),
]
