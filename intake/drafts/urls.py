"""Addresses of the pages for leaving a draft and coming back to it."""

from django.urls import path

from intake.drafts import views_leave, views_resume

intake = [
    path("later/", views_leave.later, name="intake_later"),
    path("link/", views_leave.link_request, name="intake_link"),
    path("link/sent/", views_leave.link_sent, name="intake_link_sent"),
    path("resume/<uuid:intake_id>/", views_resume.resume, name="intake_resume"),
    path("closed/", views_leave.closed, name="intake_closed"),
]
