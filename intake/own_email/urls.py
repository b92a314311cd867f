"""Addresses of a patient's own e-mail."""

from django.urls import path

from intake.own_email import views, views_mailed
from intake.own_email.emails import NOT_ME, YES
from intake.own_email.sides import Side

visits = [
    path("email/", views.own_email, name="own_email"),
    path("email/old/<uuid:change_id>/", views_mailed.yes_old, name=YES[Side.OLD]),
    path("email/new/<uuid:change_id>/", views_mailed.yes_new, name=YES[Side.NEW]),
    path("email/stop/<uuid:change_id>/", views_mailed.not_me, name=NOT_ME),
]
