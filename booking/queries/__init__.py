"""What pages and deeds read: free times, packages, days. Plain values out, few statements."""

from booking.queries.openings import Bookable, Opening, what_may_be_booked
from booking.queries.packages import PackageView, VisitView, package_of
from booking.queries.slots import free_slots_for, reasons_for, upcoming_of

__all__ = [
    "Bookable",
    "Opening",
    "PackageView",
    "VisitView",
    "free_slots_for",
    "package_of",
    "reasons_for",
    "upcoming_of",
    "what_may_be_booked",
]
