"""URL patterns of the planner, for the patient and for the desk."""

from django.urls import path

from booking.planner import views, views_confirm, views_desk

book = [
    path("plan/", views.plan, name="plan"),
    path("plan/keep/", views.hold_plan_view, name="plan_hold"),
    path("plan/change/<int:visit>/", views.change_planned, name="plan_change"),
    path("plan/kept/<uuid:appointment_id>/", views_confirm.confirm, name="plan_confirm"),
    path("plan/kept/<uuid:appointment_id>/longer/", views_confirm.renew, name="plan_renew"),
]

desk_package = [
    path("join/<uuid:patient_id>/", views_desk.enroll_patient, name="desk_join"),
    path("<uuid:enrollment_id>/plan/", views_desk.plan, name="desk_plan"),
    path("<uuid:enrollment_id>/plan/book/", views_desk.book, name="desk_plan_book"),
    path(
        "<uuid:enrollment_id>/plan/change/<int:visit>/",
        views_desk.change,
        name="desk_plan_change",
    ),
]
