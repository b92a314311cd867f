"""Addresses of a clinician's day."""

from django.urls import path

from intake.day_sheet import views

review = [
    path("day/", views.day, name="review_day"),
    path("day/<str:day>/", views.day, name="review_day_on"),
]
