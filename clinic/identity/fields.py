"""The form fields for names, telephone numbers and e-mail addresses.

Every form that asks for one of them uses these. A field of the person's own lets the browser fill
it in; at the desk it would fill in the data of whoever sits there.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from clinic.identity.asking import AskingField, AskingInput
from clinic.identity.email_addresses import MOST_LETTERS, TOO_LONG, email_doubt, plain_email
from clinic.identity.names import read_name
from clinic.identity.phones import phone_reading
from clinic.identity.readings import Datum, Unreadable


class NameField(AskingField):
    """The name of a person."""

    def __init__(self, *, own: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=AskingInput({"autocomplete": "name" if own else "off"}), **kwargs)

    def read(self, value: str) -> Datum[str]:
        return Datum(read_name(value))


class PhoneField(AskingField):
    """A telephone number; its value is the number as it is stored, +17815550142."""

    def __init__(self, *, own: bool = False, **kwargs: Any) -> None:
        attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel" if own else "off"}
        super().__init__(widget=AskingInput(attrs), **kwargs)

    def read(self, value: str) -> Datum[str]:
        return phone_reading(value)


class EmailAddressField(AskingField):
    """An e-mail address."""

    default_error_messages = {"invalid": _("Enter an e-mail like name@example.com")}

    def __init__(self, *, own: bool = False, **kwargs: Any) -> None:
        attrs = {"type": "email", "inputmode": "email", "autocomplete": "email" if own else "off"}
        super().__init__(widget=AskingInput(attrs), **kwargs)

    def read(self, value: str) -> Datum[str]:
        if len(value.strip()) > MOST_LETTERS:
            raise Unreadable(TOO_LONG, {"limit": MOST_LETTERS, "length": len(value.strip())})
        address = plain_email(value)
        EmailValidator(self.error_messages["invalid"])(address)
        return Datum(address, email_doubt(address))


def read_email(text: str) -> str:
    """Return the e-mail address in a text from a file, "" if it holds none."""
    try:
        address: str = EmailAddressField(required=False, asks=False).clean(text)
    except ValidationError:
        return ""
    return address
