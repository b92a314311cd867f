"""Whether the rules in force are signed off, and the line of the list that asks for it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from clinic.before_opening.lines import CLINICIAN, SetUpLine
from intake.models import RulesSignOff
from intake.triage.rules import RULES_VERSION


def current_sign_off() -> RulesSignOff | None:
    """Return the newest signature under the version in force, None if nobody signed it."""
    return RulesSignOff.objects.filter(rules_version=RULES_VERSION).first()


def is_signed_off() -> bool:
    """Return whether somebody signed the version in force."""
    return RulesSignOff.objects.filter(rules_version=RULES_VERSION).exists()


def sign_off_line(now: datetime) -> SetUpLine:
    """Ask for a clinician who answers for the rules in force."""
    row = current_sign_off()
    version = {"version": RULES_VERSION}
    absent = () if row else (_("Version %(version)s is not signed off") % version,)
    title = _("Sign-off of the clinical rules")
    found = row.name if row else ""
    return SetUpLine("sign_off", title, "rules_sign_off", absent, CLINICIAN, False, found)
