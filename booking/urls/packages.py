"""Addresses under /desk/package/."""

from django.urls import path

from booking.billing import views as desk_package
from booking.planner import views_desk as desk_joining

urlpatterns = [
    path("join/<uuid:patient_id>/", desk_joining.join, name="desk_join"),
    path("<uuid:enrollment_id>/plan/", desk_joining.plan, name="desk_plan"),
    path("<uuid:enrollment_id>/plan/book/", desk_joining.book, name="desk_plan_book"),
    path(
        "<uuid:enrollment_id>/plan/change/<int:visit>/",
        desk_joining.change,
        name="desk_plan_change",
    ),
    path("<uuid:enrollment_id>/", desk_package.package, name="desk_package"),
    path("<uuid:enrollment_id>/receipt/", desk_package.receipt, name="desk_receipt"),
    path("<uuid:enrollment_id>/<slug:act>/", desk_package.act, name="desk_package_act"),
]
