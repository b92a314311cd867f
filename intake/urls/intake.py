"""Addresses under /intake/."""

from django.urls import path

from intake.drafts import views_leave as leaving
from intake.drafts import views_resume as resuming
from intake.online_intake import (
    views as questionnaire,
)
from intake.online_intake import (
    views_finish as finishing,
)
from intake.online_intake import (
    views_result as result,
)
from intake.online_intake import (
    views_start as starting,
)
from intake.online_intake.views_emergency import emergency, help_on_the_way
from intake.telephone_intake import views as desk_entry

urlpatterns = [
    path("", starting.welcome, name="intake_welcome"),
    path("contact/", starting.contact, name="intake_contact"),
    path("under-18/", starting.under_18, name="intake_under_18"),
    path("emergency/", emergency, name="intake_emergency"),
    path("help/", help_on_the_way, name="intake_help"),
    path("later/", leaving.later, name="intake_later"),
    path("link/", leaving.link_request, name="intake_link"),
    path("link/sent/", leaving.link_sent, name="intake_link_sent"),
    path("resume/<uuid:intake_id>/", resuming.resume, name="intake_resume"),
    path("closed/", leaving.closed, name="intake_closed"),
    path("desk/<uuid:patient_id>/", desk_entry.start, name="desk_intake"),
    path("check/", finishing.check, name="intake_check"),
    path("result/", result.result, name="intake_result"),
    path("summary/", result.summary, name="intake_summary"),
    path("change/", finishing.change, name="intake_change"),
    path("keep/", finishing.keep, name="intake_keep"),
    path("<slug:slug>/", questionnaire.section, name="intake_section"),
]
