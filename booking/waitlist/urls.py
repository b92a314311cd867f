"""URL patterns of the waitlist, for the patient and for the desk."""

from django.urls import path

from booking.waitlist import views, views_desk

book = [
    path("offer/<uuid:offer_id>/", views.offer, name="slot_offer"),
    path("offer/<uuid:offer_id>/take/", views.take, name="slot_offer_take"),
    path("offer/<uuid:offer_id>/undo/", views.undo, name="slot_offer_undo"),
    path("offer/<uuid:offer_id>/decline/", views.decline, name="slot_offer_decline"),
    path("<slug:code>/earlier/", views.earlier, name="book_earlier"),
]

desk = [
    path("", views_desk.waitlist, name="desk_waitlist"),
    path("<uuid:wish_id>/remove/", views_desk.remove, name="desk_waitlist_remove"),
    path("offers/<uuid:offer_id>/take/", views_desk.take, name="desk_offer_take"),
    path("offers/<uuid:offer_id>/leave/", views_desk.leave, name="desk_offer_leave"),
    path("add/<uuid:patient_id>/<slug:code>/", views_desk.add, name="desk_waitlist_add"),
]
