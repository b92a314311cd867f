"""Addresses under /book/."""

from django.urls import path

from booking.catalog import views as prices
from booking.online_booking import (
    views as choosing,
)
from booking.online_booking import (
    views_confirm as confirming,
)
from booking.online_booking import (
    views_manage as managing,
)
from booking.online_booking import (
    views_package as package,
)
from booking.planner import views as planning
from booking.planner import views_confirm as plan_confirming
from booking.planner.rescheduling.views_patient import change_following, move_following
from booking.waitlist import views as waiting

urlpatterns = [
    path("", choosing.book_home, name="book_home"),
    path("prices/", prices.prices, name="prices"),
    path("run-ready/", package.package, name="package"),
    path("plan/", planning.plan, name="plan"),
    path("plan/keep/", planning.keep_plan, name="plan_hold"),
    path("plan/change/<int:visit>/", planning.change_planned, name="plan_change"),
    path("plan/kept/<uuid:appointment_id>/", plan_confirming.confirm, name="plan_confirm"),
    path("plan/kept/<uuid:appointment_id>/longer/", plan_confirming.renew, name="plan_renew"),
    path("hold/<uuid:appointment_id>/", confirming.confirm, name="book_confirm"),
    path("hold/<uuid:appointment_id>/longer/", confirming.renew, name="book_renew"),
    path("done/<uuid:appointment_id>/", confirming.done, name="book_done"),
    path("visit/<uuid:appointment_id>/", managing.manage_visit, name="manage_visit"),
    path("visit/<uuid:appointment_id>/cancel/", managing.cancel_visit, name="cancel_visit"),
    path("visit/<uuid:appointment_id>/undo/", managing.undo_cancel_visit, name="undo_cancel_visit"),
    path("visit/<uuid:appointment_id>/move/", managing.move_visit, name="move_visit"),
    path("visit/<uuid:appointment_id>/following/", move_following, name="move_following"),
    path(
        "visit/<uuid:appointment_id>/following/<int:number>/",
        change_following,
        name="change_following",
    ),
    path(
        "visit/<uuid:appointment_id>/reminders/",
        managing.choose_reminders,
        name="choose_reminders",
    ),
    path("visit/<uuid:appointment_id>/calendar/", managing.visit_calendar, name="visit_calendar"),
    path("offer/<uuid:offer_id>/", waiting.offer, name="slot_offer"),
    path("offer/<uuid:offer_id>/decline/", waiting.decline, name="slot_offer_decline"),
    path("<slug:code>/earlier/", waiting.earlier, name="book_earlier"),
    path("<slug:code>/", choosing.book_service, name="book_service"),
    path("<slug:code>/keep/", choosing.keep_time, name="book_hold"),
]
