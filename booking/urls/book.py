"""Addresses under /book/."""

from django.urls import path

from booking.views import prices

urlpatterns = [
    path("prices/", prices.prices, name="prices"),
]
