"""Whoever asks for a name, phone, e-mail or date of birth uses its field of `clinic.identity`."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.utils.module_loading import import_string

from clinic.identity.date_field import PastDateField, ThreePartDateField
from clinic.identity.fields import EmailAddressField, NameField, PhoneField
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.questionnaire.section import SectionForm, field_name
from tests.clinic.identity.doors import DOORS, TODAY
from tests.house.purity import modules_of

# What the name of a field, its label or the browser's hint say when a form asks for the datum.
ASKS = {
    NameField: r"name\b|full.?name|surname",
    PhoneField: r"phone|\btel\b|mobile|\bcell",
    EmailAddressField: r"e-?mail\b|\blogin\b",
    PastDateField: r"\bborn|birth|\bdob\b|bday",
}
# The names of services, rooms and passkeys.
OTHERS = {
    # Of the clinic.
    "FactsForm.name",
    "FactsForm.mail_name",
    "PackageForm.name",
    "PlaceForm.name",
    "ServiceForm.name",
    "RoomForm.name",
    "RoomUseForm.name",
    "AddPasskeyForm.name",
}


def form_classes() -> Iterator[type[forms.BaseForm]]:
    """Every form of the product, wherever it is written, and those that sign-in uses."""
    for package in ("clinic", "booking", "intake"):
        for name, _ in modules_of(package):
            if ".migrations" not in name and ".management.commands" not in name:
                import_module(name)
    # The pages of the sign-in library that ask for an address.
    asking = {"login", "request_login_code", "reset_password"}
    # This one asks for passwords only.
    assert set(settings.ACCOUNT_FORMS) == {*asking, "change_password"}
    assert all(import_string(path) for path in settings.ACCOUNT_FORMS.values())
    waiting: list[type[forms.BaseForm]] = [forms.BaseForm]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.split(".")[0] in ("clinic", "booking", "intake"):
            yield one


def asked_for(name: str, field: forms.Field) -> set[type[forms.Field]]:
    """Return the kinds of datum that the field seems to ask for."""
    attrs = field.widget.attrs
    hints = [name.replace("_", " "), attrs.get("autocomplete", ""), attrs.get("type", "")]
    told = " | ".join([*hints, field.widget.input_type if _has_type(field) else ""])
    found = {kind for kind, words in ASKS.items() if re.search(words, told, re.IGNORECASE)}
    if isinstance(field, forms.EmailField):
        found.add(EmailAddressField)
    label = str(field.label or "")
    # Short labels only: a question may speak of a phone without asking for its number.
    if isinstance(field, forms.CharField) and len(label.split()) <= 4:
        found |= {kind for kind, words in ASKS.items() if re.search(words, label, re.IGNORECASE)}
    return found


def _has_type(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.widgets.Input)


def fields() -> dict[str, forms.Field]:
    """Return the fields of every form class by "Class.field"."""
    found = {
        f"{form.__name__}.{name}": field
        for form in form_classes()
        for name, field in getattr(form, "base_fields", {}).items()
    }
    # Made when the form is: the sign-in, and the dates of the questionnaires.
    found |= {one.name: one.sent("").fields[one.field] for one in DOORS}
    return found


def is_read_by_identity(name: str, field: forms.Field) -> bool:
    return all(isinstance(field, kind) for kind in asked_for(name.partition(".")[2], field))


@pytest.mark.django_db
def test_each_field_for_such_a_datum_is_the_shared_one() -> None:
    found = fields()
    assert len(found) > 100
    own = {one for one, field in found.items() if not is_read_by_identity(one, field)}
    assert own == OTHERS


@pytest.mark.django_db
def test_each_of_them_is_typed_into_by_the_table_of_inputs() -> None:
    shared = (NameField, PhoneField, EmailAddressField, PastDateField)
    found = {one for one, field in fields().items() if isinstance(field, shared)}
    assert found == {one.name for one in DOORS}


def test_no_template_writes_such_an_input_by_hand() -> None:
    inputs = re.compile(r'type="(tel|email)"|autocomplete="(tel|email|name|bday)')
    pages = list(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    assert len(pages) > 100
    assert not [path.name for path in pages if inputs.search(path.read_text())]


def test_no_template_writes_the_address_that_dials_a_patient_by_hand() -> None:
    # `phone_link` knows extensions, and numbers that nobody can dial.
    by_hand = re.compile(r"tel:\{\{ (?!clinic_phone \}\})")
    pages = list(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    assert not [path.name for path in pages if by_hand.search(path.read_text())]


def test_a_date_of_a_questionnaire_is_the_shared_one() -> None:
    for questions in (INTAKE.questions, CHECKIN.questions):
        form = SectionForm(None, questions=questions, saved={}, today=TODAY)
        for question in questions:
            if question.kind == "date":
                assert isinstance(form.fields[field_name(question.id)], ThreePartDateField)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("mobile_phone", forms.CharField()),
        ("reach", forms.CharField(widget=forms.TextInput({"type": "tel"}))),
        ("reach", forms.CharField(label="Her phone")),
        ("contact", forms.EmailField()),
        ("work_email", forms.CharField()),
        ("birth_date", forms.DateField()),
        ("full_name", forms.CharField()),
        ("who", forms.CharField(widget=forms.TextInput({"autocomplete": "name"}))),
    ],
)
def test_a_form_with_a_field_of_its_own_is_found(name: str, field: forms.Field) -> None:
    assert not is_read_by_identity(f"NewForm.{name}", field)
