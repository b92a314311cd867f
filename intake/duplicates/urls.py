"""Addresses at which rows of one person are compared and merged."""

from django.urls import path

from intake.duplicates import views

review = [
    path("matches/", views.match_list, name="match_list"),
    path("matches/<uuid:patient_id>/", views.match, name="match"),
    path("matches/<uuid:patient_id>/<uuid:other_id>/", views.match_pair, name="match_pair"),
]
