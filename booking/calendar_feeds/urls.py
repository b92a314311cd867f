"""URL patterns of calendar feeds."""

from django.urls import path

from booking.calendar_feeds import views

calendar = [
    path("", views.own_feed, name="own_feed"),
    path("mine/", views.patient_feed, name="patient_feed"),
    path("<str:token>.ics", views.feed, name="calendar_feed"),
]
