"""The links of the booking app in the staff bar.

Each entry names its position, label, URL name, who sees it, and the other URL names under which it
is the current one.
"""

from django.utils.translation import gettext_lazy as _

from clinic.site.navigation import ACCESS_ADMIN, CLINICIAN, MANAGER, NavEntry

_DESK, _OWN = frozenset({MANAGER}), frozenset({CLINICIAN})

ENTRIES = (
    NavEntry(10, _("Day"), "desk_day", _DESK, frozenset({"desk_day_on"})),
    NavEntry(20, _("Week"), "desk_week", _DESK, frozenset({"desk_week_on"})),
    NavEntry(30, _("Patients"), "desk_patients", _DESK),
    NavEntry(40, _("Lists"), "desk_lists", _DESK, frozenset({"desk_list", "desk_waitlist"})),
    NavEntry(
        50,
        _("Hours"),
        "desk_hours",
        _DESK,
        frozenset({"desk_clinician_hours", "desk_room_hours", "desk_terms"}),
    ),
    NavEntry(60, _("Mail"), "desk_mails", _DESK),
    NavEntry(88, _("Import"), "moving_in", frozenset({ACCESS_ADMIN}), frozenset({"moving_in_run"})),
    NavEntry(
        140,
        _("My hours"),
        "own_hours",
        _OWN,
        frozenset(
            {"own_close", "own_open", "own_week", "own_reopen", "own_close_extra", "own_feed"}
        ),
    ),
)
