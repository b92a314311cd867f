"""All URL patterns of booking. Each concept lists its own, by the prefix they share."""

from django.urls import include, path

from booking.billing import urls as billing
from booking.calendar import urls as calendar
from booking.calendar_feeds import urls as calendar_feeds
from booking.catalog import urls as catalog
from booking.desk import urls as desk
from booking.erasure import urls as erasure
from booking.moving_in import urls as moving_in
from booking.online_booking import urls as online_booking
from booking.opening_hours import urls as opening_hours
from booking.planner import urls as planner
from booking.planner.rescheduling import urls as planner_rescheduling
from booking.promised_times import urls as promised_times
from booking.provisional import urls as provisional
from booking.questions import urls as questions
from booking.set_up import urls as set_up
from booking.waitlist import urls as waitlist
from booking.worklists import urls as worklists

urlpatterns = [
    path("book/", include(catalog.book)),
    path("book/", include(planner.book)),
    path("book/", include(planner_rescheduling.book)),
    path("book/", include(waitlist.book)),
    path("book/", include(provisional.book)),
    path("book/", include(online_booking.book)),
    # Last under book/: it matches any word as the code of a service.
    path("book/", include(online_booking.by_service)),
    path("calendar/", include(calendar_feeds.calendar)),
    path("review/hours/", include(opening_hours.own)),
    path("desk/waitlist/", include(waitlist.desk)),
    # The planner's before billing's, which matches any word after the package's id.
    path("desk/package/", include(planner.desk_package)),
    path("desk/package/", include(billing.desk_package)),
    path("desk/", include(billing.desk)),
    path("desk/", include(calendar.desk)),
    path("desk/", include(worklists.desk)),
    path("desk/", include(provisional.desk)),
    path("desk/", include(promised_times.desk)),
    path("desk/", include(questions.desk)),
    path("desk/", include(opening_hours.desk)),
    path("desk/", include(catalog.desk)),
    path("desk/", include(planner_rescheduling.desk)),
    path("desk/", include(set_up.desk)),
    path("accounts/", include(moving_in.accounts)),
    path("desk/", include(moving_in.desk)),
    path("desk/", include(erasure.desk)),
    path("desk/", include(desk.desk)),
]
