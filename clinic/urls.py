"""The URLs of the site. Public ones use random ids, never numbers that could be counted up."""

from django.urls import include, path

from clinic.messages.views import unsubscribe
from clinic.people.views import staff_waits, still_here
from clinic.security.link_pages import open_link
from clinic.site import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("l/<str:token>", open_link, name="open_link"),
    path("reminders/<uuid:patient_id>/", unsubscribe, name="unsubscribe"),
    path("still-here/", still_here, name="still_here"),
    path("staff/waits/", staff_waits, name="staff_waits"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("health/mail", health.mail, name="mail_health"),
    path("health/clock", health.clock, name="clock_health"),
    path("health/set-up", health.set_up, name="set_up"),
    path("before-you-open/", include("clinic.before_opening.urls")),
    path("desk/heard-from/", include("clinic.heard_from.urls")),
    path("accounts/log/", include("clinic.audit_log.urls")),
    path("accounts/", include("clinic.people.urls")),
    path("", include("intake.urls")),
    path("", include("booking.urls")),
]

handler400 = "clinic.site.views.bad_request"
handler403 = "clinic.site.views.forbidden"
handler404 = "clinic.site.views.not_found"
handler500 = "clinic.site.views.server_error"
