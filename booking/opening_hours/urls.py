"""Addresses under /review/hours/: a clinician's own hours."""

from django.urls import path

from booking.opening_hours import views_clinician as own_hours

urlpatterns = [
    path("", own_hours.hours, name="own_hours"),
    path("close/", own_hours.close, name="own_close"),
    path("open/", own_hours.open_extra, name="own_open"),
    path("week/", own_hours.week, name="own_week"),
    path("closure/<int:closure_id>/reopen/", own_hours.reopen, name="own_reopen"),
    path("opening/<int:opening_id>/close/", own_hours.close_extra, name="own_close_extra"),
]
