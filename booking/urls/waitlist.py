"""Addresses under /desk/waitlist/."""

from django.urls import path

from booking.views import desk_waitlist

urlpatterns = [
    path("", desk_waitlist.waitlist, name="desk_waitlist"),
    path("<uuid:wish_id>/remove/", desk_waitlist.remove, name="desk_waitlist_remove"),
    path("add/<uuid:patient_id>/<slug:code>/", desk_waitlist.add, name="desk_waitlist_add"),
]
