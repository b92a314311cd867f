"""One comparison for search, warning and list, the same on both databases."""

from datetime import date, timedelta
from importlib import import_module
from itertools import combinations
from typing import Any

import pytest
from django.apps import apps
from django.db.models.functions import Lower
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clinic.identity.same_person import ComparedContact, agreement
from clinic.known_patients.queries import (
    contact_of,
    has_likely_match,
    is_known,
    likely_matches,
    likely_matches_of,
)
from clinic.known_patients.search import find_patients, found_page
from clinic.management.sample.bulk_insert import insert_rows
from clinic.models.people import Patient
from tests.clinic.known_patients.spellings import NAMES, OTHER, SAME
from tests.factories import NOW, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
BORN = date(1992, 3, 14)


def row(name: str, **fields: Any) -> Patient:
    return make_patient(name=name, **{"phone": "", "email": "", "born_on": BORN, **fields})


def contact(
    name: str = "", born_on: date | None = None, phone: str = "", email: str = ""
) -> ComparedContact:
    return ComparedContact(name, born_on, phone, email)


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stored", "typed"), SAME)
def test_search_finds_a_name_however_it_is_spelled(stored: str, typed: str) -> None:
    her = row(stored)
    row("Bea Quill")
    assert list(find_patients(typed)) == [her]


@pytest.mark.parametrize(("stored", "typed"), NAMES)
def test_a_warning_and_the_list_know_the_same_name(stored: str, typed: str) -> None:
    her, again = row(stored), row(typed, is_unmatched=True)
    (found, *_more) = likely_matches_of(contact(typed, BORN), but=again.pk)
    assert (found.patient, found.agrees_in) == (her, {"name", "born_on"})
    assert likely_matches([again])[again.pk] == [found]
    assert set(Patient.objects.filter(has_likely_match())) == {her, again}
    assert is_known(contact(typed, BORN))


@pytest.mark.parametrize(("stored", "typed"), OTHER)
def test_another_name_is_neither_found_nor_warned_of(stored: str, typed: str) -> None:
    row(stored)
    assert not find_patients(typed).exists()
    assert likely_matches_of(contact(typed, BORN)) == []
    assert not is_known(contact(typed, BORN))


# --- Phone, e-mail, date of birth -----------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "7815550142", "781-555-0142", "(781) 555-0142", "781.555.0142", "+1 781 555 0142",
        "1-781-555-0142", "555 0142", "0142", "５５５０１４２", " 781 555 0142 ",
        "MAYA.ORTIZ@example.test", "maya.ortiz", "@Example.TEST",
        "3/14/1992", "03/14/92", "1992-03-14", "3-14-92", "3.14.1992", "March 14, 1992",
        "14 Mar 1992", "3 14 1992", "(781) 555-0142 (cell)", "tel: 781 555 0142",
    ],
)  # fmt: skip
@pytest.mark.parametrize("stored", ["+17815550142", "+17815550142;ext=7"])
def test_search_finds_contact_data_in_any_shape(stored: str, typed: str) -> None:
    her = row("Ann O’Neil", phone=stored, email="Maya.Ortiz@Example.test")
    row("Bea Quill", phone="+17815550199", email="bea@quill.test", born_on=date(1991, 1, 2))
    assert list(find_patients(typed)) == [her]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", ",", "12", "🙂", "-", "@@"])
def test_signs_and_too_few_digits_find_nobody(words: str) -> None:
    row("Ann O’Neil", phone="+17815550142", email="ann@example.test")
    assert not find_patients(words).exists()


FIELDS: dict[str, Any] = {
    "name": "Maya Ortiz", "born_on": BORN, "phone": "+17815550142", "email": "maya@example.test",
}  # fmt: skip
TYPED: dict[str, Any] = {
    "name": "ORTIZ Mayá", "born_on": BORN, "phone": "+17815550142;ext=3",
    "email": "MAYA@example.test",
}  # fmt: skip


@pytest.mark.parametrize("agreeing", list(combinations(FIELDS, 2)))
def test_any_two_of_the_four_are_enough(agreeing: tuple[str, str]) -> None:
    her = make_patient(**FIELDS)
    typed = contact(**{field: TYPED[field] for field in agreeing})
    (found,) = likely_matches_of(typed)
    assert (found.patient, found.agrees_in) == (her, set(agreeing))


@pytest.mark.parametrize("field", FIELDS)
def test_one_of_the_four_is_not(field: str) -> None:
    make_patient(**FIELDS)
    assert likely_matches_of(contact(**{field: TYPED[field]})) == []


@pytest.mark.parametrize(
    ("fields", "known"),
    [(("email",), True), (("phone",), True), (("name", "born_on"), True), (("name",), False),
     (("born_on",), False), ((), False)],
)  # fmt: skip
def test_what_marks_a_row_from_a_public_page(
    fields: tuple[str, ...], known: bool, django_assert_num_queries: Any
) -> None:
    make_patient(**FIELDS)
    make_patient(name="", phone="", email="", born_on=None)
    typed = {"name": "Bea Quill", "phone": "+17815550199", "email": "b@example.test"}
    with django_assert_num_queries(1):
        assert is_known(contact(**{**typed, **{one: TYPED[one] for one in fields}})) is known


def test_merged_rows_are_never_found() -> None:
    her = make_patient(**FIELDS)
    merged = make_patient(**FIELDS, merged_into=her)
    assert list(find_patients("ortiz")) == [her]
    assert likely_matches([her]) == {her.pk: []}
    assert not Patient.objects.exclude(pk=merged.pk).filter(has_likely_match()).exists()


def test_what_is_empty_agrees_with_nothing() -> None:
    rows = [make_patient(name="🙂", phone="", email="", born_on=None) for _ in range(2)]
    assert likely_matches(rows) == {one.pk: [] for one in rows}
    assert not Patient.objects.filter(has_likely_match()).exists()


class DatabaseAndPython(TestCase):
    """What the database finds and what Python says of two rows is the same."""

    @settings(max_examples=60)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["", "Ann Lee", "lee, ÁNN", "Bea"]),
                st.sampled_from([None, BORN, date(1990, 1, 2)]),
                st.sampled_from(["", "+17815550142", "+17815550142;ext=3", "+17815550199"]),
                st.sampled_from(["", "a@b.test", "A@B.test", "c@d.test"]),
            ),
            min_size=2,
            max_size=5,
        )
    )
    def test_two_of_four_is_the_same_in_both(self, contacts: list[Any]) -> None:
        rows = [
            make_patient(name=name, born_on=born, phone=phone, email=email)
            for name, born, phone, email in contacts
        ]
        expected = {
            one.pk: {
                other.pk
                for other in rows
                if other != one and len(agreement(contact_of(one), contact_of(other))) >= 2
            }
            for one in rows
        }
        found = likely_matches(rows)
        assert {key: {one.patient.pk for one in some} for key, some in found.items()} == expected
        alike = set(Patient.objects.filter(has_likely_match()).values_list("pk", flat=True))
        assert alike == {key for key, others in expected.items() if others}


# --- Pages ----------------------------------------------------------------------------------------


def test_a_count_is_a_count_and_a_page_has_fifty() -> None:
    Patient.objects.bulk_create(
        Patient(name=f"Zoë {number:03}", phone="", email="") for number in range(120)
    )
    row("Bea Quill")
    seen: list[str] = []
    after, firsts = None, []
    while True:
        page = found_page("zoe", after=after)
        assert page.count == 120
        firsts.append((page.first, page.last))
        seen += [one.name for one in page.rows]
        if (after := page.next_after) is None:
            break
    assert firsts == [(1, 50), (51, 100), (101, 120)]
    assert sorted(seen) == [f"Zoë {number:03}" for number in range(120)]


def test_no_words_find_nobody_and_her_own_row_is_left_out() -> None:
    her = row("Zoë Lane")
    other = row("Zoe Lane")
    assert found_page("  ").count == 0
    assert list(found_page("zoe", but=her.pk).rows) == [other]


# --- Every way of writing a row keeps the keys ----------------------------------------------------


def keys(patient: Patient) -> tuple[str, str, str]:
    """Return the keys that the database holds."""
    stored = Patient.objects.values_list("name_key", "phone_key", "email_key").get(pk=patient.pk)
    return (stored[0], stored[1], stored[2])


NEW: dict[str, Any] = {"name": "Zoë O’Neil", "phone": "+17815550142", "email": "Z@Example.test"}
KEYS = ("oneil zoe", "17815550142", "z@example.test")


def _set(patient: Patient) -> Patient:
    for name, value in NEW.items():
        setattr(patient, name, value)
    return patient


def _save(patient: Patient) -> None:
    _set(patient).save()


def _save_some(patient: Patient) -> None:
    _set(patient).save(update_fields=["name", "phone", "email"])


def _update(patient: Patient) -> None:
    Patient.objects.filter(pk=patient.pk).update(**NEW)


def _bulk_update(patient: Patient) -> None:
    Patient.objects.bulk_update([_set(patient)], list(NEW))


def _update_or_create(patient: Patient) -> None:
    Patient.objects.update_or_create(pk=patient.pk, defaults=NEW)


@pytest.mark.parametrize(
    "write",
    [_save, _save_some, _update, _bulk_update, _update_or_create],
    ids=lambda one: one.__name__,
)
def test_every_change_keeps_the_keys(write: Any) -> None:
    patient = row("Bea Quill")
    assert keys(patient) == ("bea quill", "", "")
    write(patient)
    assert keys(patient) == KEYS


def test_every_new_row_has_its_keys() -> None:
    assert keys(Patient.objects.create(**NEW)) == KEYS
    assert keys(Patient.objects.bulk_create([Patient(**NEW)])[0]) == KEYS
    made_up = Patient(phone=NEW["phone"], is_sample=True)
    other = Patient()
    insert_rows(made_up, [{"id": other.pk, "name": NEW["name"], "email": NEW["email"]}])
    assert keys(other) == KEYS


def test_a_change_of_something_else_leaves_them_and_an_expression_is_refused() -> None:
    patient = row("Bea Quill")
    Patient.objects.update(is_unmatched=True, created_at=NOW - timedelta(days=1))
    assert keys(patient) == ("bea quill", "", "")
    with pytest.raises(TypeError, match="name is updated with text only"):
        Patient.objects.update(name=Lower("name"))
    assert keys(patient) == ("bea quill", "", "")


def test_the_migration_fills_the_keys_of_every_row() -> None:
    Patient.objects.bulk_create(Patient(**NEW) for _ in range(501))
    Patient.objects.update(name_key="", phone_key="", email_key="")
    import_module("clinic.migrations.0007_contact_keys").fill(apps, None)
    stored = Patient.objects.values_list("name_key", "phone_key", "email_key")
    assert set(stored) == {KEYS}
