"""Addresses of the call list."""

from django.urls import path

from intake.urgent import views_calls

review = [
    path("calls/", views_calls.call_list, name="call_list"),
    path("calls/<uuid:call_id>/", views_calls.call, name="call"),
]
