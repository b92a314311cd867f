"""Addresses under /calendar/."""

from django.urls import path

from booking.calendar_feeds import views as feeds

urlpatterns = [
    path("", feeds.own_feed, name="own_feed"),
    path("mine/", feeds.patient_feed, name="patient_feed"),
    path("<str:token>.ics", feeds.feed, name="calendar_feed"),
]
