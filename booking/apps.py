"""The booking app."""

from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = "Booking"

    def ready(self) -> None:
        # Models are not there yet when this module is read.
        from booking.emails import register_kinds  # noqa: PLC0415

        register_kinds()
