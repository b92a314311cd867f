"""How pages and mails name the clinic and say how to reach it, also while a fact is missing."""

from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.practice.facts import clinic_facts


def mail_name() -> str:
    """Return what mail calls the clinic; until it is entered, the name in the sender's address."""
    named = clinic_facts().mail_name or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    return named or _("Your clinic")


def reaching() -> dict[str, str]:
    """Return the template context that names the clinic.

    What nobody has entered is empty. A sentence cannot end in it: it says `call_whom`, which is the
    telephone number or "us", or stands in an `if`. `clinic_line` and `mail_signature` have what
    there is, with commas between.
    """
    facts = clinic_facts()
    where = (facts.address, facts.phone)
    return {
        "clinic_name": facts.name,
        "clinic_phone": facts.phone,
        "clinic_address": facts.address,
        "clinic_door": facts.door,
        "clinic_parking": facts.parking,
        "clinic_tax_number": facts.tax_number,
        "clinic_provider_number": facts.provider_number,
        "clinic_payment_link": facts.payment_link,
        "call_whom": facts.phone or _("us"),
        "clinic_line": _ended(", ".join(filter(None, (facts.name, *where)))),
        "mail_name": mail_name(),
        "mail_signature": ", ".join(filter(None, (mail_name(), *where))),
    }


def _ended(words: str) -> str:
    return f"{words}." if words else ""
