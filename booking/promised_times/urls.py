"""URL patterns of the list "The clock law changed"."""

from django.urls import path

from booking.promised_times import views_desk

desk = [
    path("clock-law/", views_desk.clock_law, name="desk_clock_law"),
    path("clock-law/put-back/", views_desk.put_all_back, name="desk_put_back"),
    path("clock-law/unchecked/", views_desk.take_unchecked, name="desk_take_unchecked"),
    path("clock-law/<uuid:appointment_id>/keep/", views_desk.keep_shown, name="desk_keep_shown"),
]
