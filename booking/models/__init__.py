"""The models of booking: the offer, opening hours, referrals, packages, appointments, waitlist,
and what was moved in from another system."""

from booking.models.appointment import BLOCKING, LIVE, Appointment
from booking.models.billing import AddedDays, AddedDaysReason, Payment, PaymentReason
from booking.models.catalog import Package, PackageVersion, PackageVisit
from booking.models.feed import CalendarFeed
from booking.models.hours import Closure, ExtraOpening, OpeningHours
from booking.models.moving_in import ImportRow, ImportRun
from booking.models.offer import Policy, Room, Service
from booking.models.package import Enrollment, LedgerEntry, LedgerReason
from booking.models.referral import Referral
from booking.models.waitlist import EarlierWish, SlotOffer

__all__ = [
    "BLOCKING",
    "LIVE",
    "AddedDays",
    "AddedDaysReason",
    "Appointment",
    "CalendarFeed",
    "Closure",
    "EarlierWish",
    "Enrollment",
    "ExtraOpening",
    "ImportRow",
    "ImportRun",
    "LedgerEntry",
    "LedgerReason",
    "OpeningHours",
    "Package",
    "PackageVersion",
    "PackageVisit",
    "Payment",
    "PaymentReason",
    "Policy",
    "Referral",
    "Room",
    "Service",
    "SlotOffer",
]
