"""The links of intake on the staff bar, for managers (the desk) and clinicians (review)."""

from django.utils.translation import gettext_lazy as _

from clinic.site.navigation import ACCESS_ADMIN, CLINICIAN, MANAGER, NavEntry

_DESK, _REVIEW = frozenset({MANAGER}), frozenset({CLINICIAN})
_BOTH = _DESK | _REVIEW

# The places where patients hear of the clinic are reached from the report that counts them.
_REPORTS = ("reports_of", "heard_from", "heard_from_sheet", "heard_from_change")

ENTRIES = (
    NavEntry(85, _("Emergency accesses"), "emergency_accesses", frozenset({ACCESS_ADMIN})),
    NavEntry(90, _("Export"), "export_everything", frozenset({ACCESS_ADMIN})),
    NavEntry(70, _("Reports"), "reports", _DESK, frozenset(_REPORTS)),
    NavEntry(
        100, _("Queue"), "review_queue", _REVIEW, frozenset({"review_case"}), but_not_tab="done"
    ),
    NavEntry(110, _("My day"), "review_day", _REVIEW, frozenset({"review_day_on", "visit_record"})),
    NavEntry(120, _("Tasks"), "task_list", _BOTH, frozenset({"task"})),
    NavEntry(130, _("Done"), "review_queue", _REVIEW, tab="done"),
    NavEntry(150, _("Check-ins"), "checkins_due", _BOTH, frozenset({"front_desk_checkin"})),
)
