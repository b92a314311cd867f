"""The lines of the list that ask about the clinic itself: its facts, access, mail and backups."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clinic.backups.making import last_taken
from clinic.before_opening.lines import ACCESS_ADMIN, NOBODY, SetUpLine
from clinic.messages.trying import has_arrived
from clinic.models.people import User
from clinic.models.practice import ClinicFacts

# What pages and mails cannot do without, each with the words for its being empty.
_NEEDED = {
    "name": _("The name"),
    "mail_name": _("What mail calls the clinic"),
    "address": _("The address"),
    "phone": _("The telephone number"),
}
# A backup older than this is none.
_FRESH = timedelta(days=7)


def _facts() -> ClinicFacts:
    # The row and not what the process knows: the list is asked right after a change.
    return ClinicFacts.objects.filter(pk=ClinicFacts.ONLY).first() or ClinicFacts()


def facts_line(now: datetime) -> SetUpLine:
    """Ask for what every page and mail says of the clinic."""
    row = _facts()
    absent = [words for name, words in _NEEDED.items() if not getattr(row, name)]
    return SetUpLine("facts", _("Name, address and telephone"), "clinic_facts", tuple(absent))


def way_line(now: datetime) -> SetUpLine:
    """Ask for how patients find the door."""
    row = _facts()
    absent = [] if row.door or row.parking else [_("Which door, and where to park")]
    title = _("The door and parking")
    return SetUpLine("way", title, "clinic_facts", tuple(absent), holds_up=False)


def crisis_line(now: datetime) -> SetUpLine:
    """Ask for the crisis line of the place, which emergency pages print beside 988."""
    absent = () if _facts().crisis_line else (_("The crisis line of your state or county"),)
    return SetUpLine("crisis", _("Local crisis line"), "clinic_facts", absent, holds_up=False)


def zone_line(now: datetime) -> SetUpLine:
    """Ask for the clinic's time zone."""
    row = _facts()
    absent = () if row.zone else (_("Choose it before the first visit is booked"),)
    return SetUpLine("zone", _("Time zone"), "clinic_zone", absent, found=row.zone)


def access_line(now: datetime) -> SetUpLine:
    """Ask for somebody who can give access to others."""
    count = User.objects.filter(is_access_admin=True, is_active=True).count()
    absent = () if count else (_("Nobody gives access"),)
    found = ngettext_lazy("%(n)s person", "%(n)s people", "n") % {"n": count}
    return SetUpLine("access", _("Who gives access"), "people", absent, ACCESS_ADMIN, found=found)


def mail_line(now: datetime) -> SetUpLine:
    """Ask whether a mail by this server arrived. A trial may open without."""
    absent = () if has_arrived() else (_("No test mail has arrived by this mail server"),)
    title = _("Test of the mail server")
    return SetUpLine("mail", title, "mail_test", absent, holds_up=not settings.TRIAL)


def backup_line(now: datetime) -> SetUpLine:
    """Ask for a backup of the last days."""
    taken_at = last_taken()
    is_fresh = taken_at is not None and now - taken_at < _FRESH
    absent = () if is_fresh else (_("No backup was taken in the last 7 days"),)
    return SetUpLine("backup", _("Backup"), "about_backups", absent, NOBODY, holds_up=False)
