"""Addresses of the desk's calendar."""

from django.urls import path

from booking.calendar import views

desk = [
    path("", views.home, name="desk_home"),
    path("day/", views.day, name="desk_day"),
    path("day/<str:day>/", views.day, name="desk_day_on"),
    path("week/", views.week, name="desk_week"),
    path("week/<str:day>/", views.week, name="desk_week_on"),
]
