"""Addresses of the review: the queue, a case, and what is done with a case."""

from django.urls import path

from intake.review import views, views_actions

review = [
    path("", views.queue, name="review_queue"),
    path("next/", views.next_case, name="review_next"),
    path("undo/<uuid:decision_id>/", views_actions.undo, name="review_undo"),
    path("<uuid:intake_id>/", views.case, name="review_case"),
    path("<uuid:intake_id>/start/", views_actions.start, name="review_start"),
    path("<uuid:intake_id>/leave/", views_actions.leave, name="review_leave"),
    path("<uuid:intake_id>/take-over/", views_actions.take_over_case, name="review_take_over"),
    path("<uuid:intake_id>/flag/", views_actions.flag, name="review_flag"),
]
