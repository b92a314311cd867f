"""URL patterns of prices and terms."""

from django.urls import path

from booking.catalog import views, views_desk

book = [path("prices/", views.prices, name="prices")]

desk = [
    path("terms/", views_desk.terms, name="desk_terms"),
    path("terms/change/", views_desk.change_terms, name="desk_change_terms"),
    path("terms/<slug:code>/", views_desk.change_service, name="desk_change_service"),
]
