"""Addresses under /desk/waitlist/."""

from django.urls import path

from booking.waitlist import views_desk as desk_waitlist

urlpatterns = [
    path("", desk_waitlist.waitlist, name="desk_waitlist"),
    path("<uuid:wish_id>/remove/", desk_waitlist.remove, name="desk_waitlist_remove"),
    path("offers/<uuid:offer_id>/take/", desk_waitlist.take, name="desk_offer_take"),
    path("offers/<uuid:offer_id>/leave/", desk_waitlist.leave, name="desk_offer_leave"),
    path("add/<uuid:patient_id>/<slug:code>/", desk_waitlist.add, name="desk_waitlist_add"),
]
