"""Addresses under /review/."""

from django.urls import path

from intake.views import calls, review

urlpatterns = [
    path("", review.queue, name="review_queue"),
    path("next/", review.following, name="review_next"),
    path("calls/", calls.call_list, name="call_list"),
    path("calls/<uuid:call_id>/", calls.call, name="call"),
    path("<uuid:intake_id>/", review.case, name="review_case"),
]
