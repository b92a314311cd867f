"""Addresses of concerns."""

from django.urls import path

from intake.concern_pages import views

review = [path("concerns/<uuid:concern_id>/", views.concern, name="concern")]
