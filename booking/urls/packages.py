"""Addresses under /desk/package/."""

from django.urls import path

from booking.views import desk_package

urlpatterns = [
    path("<uuid:enrollment_id>/", desk_package.package, name="desk_package"),
    path("<uuid:enrollment_id>/receipt/", desk_package.receipt, name="desk_receipt"),
    path("<uuid:enrollment_id>/<slug:act>/", desk_package.act, name="desk_package_act"),
]
