"""Who sends the mail: the address of the environment, under the name mail calls the clinic."""

from email.utils import parseaddr

from django.conf import settings

from clinic.practice.facts import clinic_facts


def sender_address() -> str:
    """Return the address alone."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def sender() -> str:
    """Return name and address, like `"Ell Pond" <mail@clinic.example>`."""
    name = clinic_facts().mail_name or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    # Quoted by hand: Django encodes what is not ASCII itself.
    plain = " ".join(name.replace("\\", " ").replace('"', "'").split())
    return f'"{plain}" <{sender_address()}>' if plain else sender_address()
