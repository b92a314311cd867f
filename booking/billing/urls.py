"""URL patterns of one package at the desk."""

from django.urls import path

from booking.billing import views

# The last one matches any word, so these come after all other patterns under /desk/package/.
desk_package = [
    path("<uuid:enrollment_id>/", views.package, name="desk_package"),
    path("<uuid:enrollment_id>/receipt/", views.receipt, name="desk_receipt"),
    path("<uuid:enrollment_id>/<slug:act>/", views.act, name="desk_package_act"),
]
