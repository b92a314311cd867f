"""Addresses under /intake/ of the pages on which a patient fills in the form."""

from django.urls import path

from intake.online_intake import views, views_emergency, views_finish, views_result, views_start

intake = [
    path("", views_start.welcome, name="intake_welcome"),
    path("contact/", views_start.contact, name="intake_contact"),
    path("under-18/", views_start.under_18, name="intake_under_18"),
    path("emergency/", views_emergency.emergency, name="intake_emergency"),
    path("help/", views_emergency.help_on_the_way, name="intake_help"),
    path("check/", views_finish.check, name="intake_check"),
    path("result/", views_result.result, name="intake_result"),
    path("summary/", views_result.summary, name="intake_summary"),
    path("change/", views_finish.change, name="intake_change"),
    path("keep/", views_finish.save_for_later, name="intake_keep"),
]

# Under /visits/: for a patient who comes back, with nothing about health in the address.
visits = [path("next/", views_result.own_result, name="own_result")]

# Its slug matches any word, so it has to come after every other address under /intake/.
by_section = [path("<slug:slug>/", views.section, name="intake_section")]
