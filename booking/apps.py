"""The configuration of the booking app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = "Booking"

    def ready(self) -> None:
        # These modules need the models, which are not loaded yet when this file is imported.
        from booking.calendar_feeds import ending  # noqa: F401, PLC0415
        from booking.catalog.first_offer import make_first_offer  # noqa: PLC0415
        from booking.erasure import holding as erasure  # noqa: PLC0415
        from booking.models import CalendarFeed  # noqa: PLC0415
        from booking.moving_in.work import forget_moved_in, move_in  # noqa: PLC0415
        from booking.moving_in.worklists import MOVED_IN_LISTS  # noqa: PLC0415
        from booking.navigation import ENTRIES  # noqa: PLC0415
        from booking.packages import self_check  # noqa: PLC0415
        from booking.packages.ending import end_due_packages  # noqa: PLC0415
        from booking.promised_times.actions import remind_by_todays_clock  # noqa: PLC0415
        from booking.promised_times.worklists import PROMISED_LISTS  # noqa: PLC0415
        from booking.provisional.actions import let_go_unconfirmed  # noqa: PLC0415
        from booking.provisional.gauges import register_booking_gauges  # noqa: PLC0415
        from booking.provisional.queries import LISTS as PROVISIONAL_LISTS  # noqa: PLC0415
        from booking.provisional.queries import waiting_for  # noqa: PLC0415
        from booking.questions import emails as questions_emails  # noqa: PLC0415
        from booking.questions.worklists import MISSING  # noqa: PLC0415
        from booking.reminders import new_links  # noqa: F401, PLC0415
        from booking.reminders.actions import register_kinds  # noqa: PLC0415
        from booking.set_up import lines  # noqa: PLC0415
        from booking.waitlist import emails as waitlist_emails  # noqa: PLC0415
        from booking.waitlist.actions import offer_free_times  # noqa: PLC0415
        from booking.waitlist.worklists import LISTS, matches_beside  # noqa: PLC0415
        from booking.worklists.mail_list import mail_trouble_for  # noqa: PLC0415
        from booking.worklists.queries import register_lists, register_part  # noqa: PLC0415
        from booking.worklists.to_pay import TO_PAY  # noqa: PLC0415
        from clinic.before_opening.lines import register_line  # noqa: PLC0415
        from clinic.operations import periodic  # noqa: PLC0415
        from clinic.operations.clean_up import (  # noqa: PLC0415
            ENDED_FOR,
            Leftover,
            register_leftover,
        )
        from clinic.people.staff_bar import register_waiting  # noqa: PLC0415
        from clinic.retention import holding  # noqa: PLC0415
        from clinic.self_checks.checks import SelfCheck, register_check  # noqa: PLC0415
        from clinic.site.navigation import register_entries  # noqa: PLC0415

        post_migrate.connect(make_first_offer, sender=self)
        register_kinds()
        register_booking_gauges()
        register_check(SelfCheck(70, "Credits of packages", self_check.ledgers))
        register_check(SelfCheck(80, "Visits", self_check.double_visits))
        register_line(20, lines.hours_line)
        register_line(25, lines.holidays_line)
        register_line(30, lines.rooms_line)
        register_line(40, lines.services_line)
        register_line(45, lines.packages_line)
        register_line(50, lines.clinicians_line)
        register_line(60, lines.promises_line)
        register_line(1000, lines.walk_line)
        holding.register_obstacle(erasure.open_visits)
        holding.register_ending(erasure.end_visits)
        holding.register_treated(erasure.treated_since)
        holding.register_used(erasure.booked_since)
        register_leftover(Leftover(CalendarFeed, "revoked_at", ENDED_FOR))
        register_entries(ENTRIES)
        waitlist_emails.register_kinds()
        questions_emails.register_kinds()
        register_lists(
            TO_PAY, MISSING, *LISTS, *PROVISIONAL_LISTS, *PROMISED_LISTS, *MOVED_IN_LISTS
        )
        register_waiting(5, waiting_for)
        register_waiting(20, mail_trouble_for)
        register_part(matches_beside)
        # In seconds: packages end by the date, so an hour is soon enough; a free time is not.
        periodic.register("keep_packages", 3600, end_due_packages)
        periodic.register("offer_free_times", 60, offer_free_times)
        periodic.register("remind_by_todays_clock", 3600, remind_by_todays_clock)
        periodic.register("let_go_unconfirmed", 60, let_go_unconfirmed)
        # A file is looked through in one go, and on a slow machine a large one takes minutes.
        periodic.register("move_in", 5, move_in, most_seconds=1800)
        periodic.register("forget_moved_in", 3600, forget_moved_in)
