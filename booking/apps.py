"""The booking app."""

from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = "Booking"

    def ready(self) -> None:
        # Models are not there yet when this module is read.
        from booking.actions.finishing import keep_packages  # noqa: PLC0415
        from booking.emails import register_kinds  # noqa: PLC0415
        from clinic import periodic  # noqa: PLC0415

        register_kinds()
        periodic.register("keep_packages", 3600, keep_packages)
