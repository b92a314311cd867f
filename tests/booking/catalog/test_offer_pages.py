"""What is sold is entered, changed and ended on screen; what is sold already is shown first."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.catalog.first_offer import make_first_offer
from booking.catalog.forms import ServiceForm
from booking.catalog.package_form import PackageForm
from booking.catalog.queries import newest_versions, offer_gaps
from booking.models import Enrollment, Package, PackageVersion, Policy, Service
from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    EIGHT_VISITS,
    make_enrollment,
    make_manager,
    make_referral,
    make_version,
)

pytestmark = pytest.mark.django_db

TERMS = "/desk/terms/"
ADD_VISIT, ADD_PACKAGE = "/desk/terms/visits/add/", "/desk/terms/packages/add/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def typed(version: PackageVersion | None, **fields: Any) -> dict[str, Any]:
    """Return what a browser would send: the form as shown, with some fields changed."""
    shown = PackageForm(version=version).initial
    sent = {name: value for name, value in shown.items() if value not in (None, False)}
    return {**sent, **fields}


def visits(*codes: str) -> dict[str, str]:
    """Return the fields of these visits, all of them step V1, a week apart."""
    services = {one.code: str(one.pk) for one in Service.objects.all()}
    found = {}
    for number, code in enumerate(codes, start=1):
        found |= {f"service_{number}": services[code], f"step_{number}": "1"}
        found |= {f"least_{number}": "7", f"most_{number}": ""}
    return found


def test_a_clinic_begins_with_run_ready_and_sells_nothing_before_its_prices_are_set() -> None:
    """The whole way on screen, from the first offer to what patients see."""
    make_first_offer_again()
    assert offer_gaps() == ["evaluation", "package"]
    manager = client_for(make_manager())
    assert b"Prices are not entered yet" in Client().get("/book/prices/").content
    assert manager.get(TERMS).content.count(b"not set") == 2
    evaluation = Service.objects.get(code="evaluation")
    form = ServiceForm(service=evaluation)
    sent = {**{k: v for k, v in form.initial.items() if v is not None}, "price": "210"}
    assert manager.post(f"{TERMS}evaluation/", sent).status_code == 302
    assert offer_gaps() == ["package"]
    version = newest_versions().get()
    address = f"{TERMS}packages/{version.package_id}/"
    wanted = typed(version, price="990", unused_visit_refund="150")
    look = manager.post(address, wanted)
    assert b"Nobody has it under way." in look.content
    assert offer_gaps() == ["package"]
    assert manager.post(address, {**wanted, "confirmed": "1"}).status_code == 302
    assert offer_gaps() == []
    prices = Client().get("/book/prices/").content.decode()
    for words in ("Run Ready", "$210, 90 minutes", "$990 for 6 visits", "paid back at $150"):
        assert words in prices


def make_first_offer_again() -> None:
    """Leave the database as a migration leaves an empty one; a test that commits flushes it."""
    make_first_offer()
    Policy.objects.create()


def test_a_follow_up_is_added_on_screen_and_no_price_or_one_too_many_is_refused(
    desk: Client,
) -> None:
    sent = {
        "kind": "follow_up", "name": "Check after three months", "minutes": "40",
        "buffer_before_minutes": "0", "buffer_after_minutes": "10", "price": "", "is_active": "on",
    }  # fmt: skip
    page = desk.post(ADD_VISIT, sent)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["price"]
    both = desk.post(ADD_VISIT, {**sent, "kind": "package_visit", "price": "10"})
    assert list(both.context["form"].errors) == ["price"]
    assert desk.post(ADD_VISIT, {**sent, "price": "99.50"}).status_code == 302
    made = Service.objects.get(name="Check after three months")
    assert (made.kind, made.minutes, made.price_cents, made.is_active) == (
        "follow_up", 40, 9_950, True
    )  # fmt: skip
    assert "check" not in made.code
    assert "$99.50, 40 minutes" in Client().get("/book/prices/").content.decode()
    assert AuditEvent.objects.filter(action="add service").exists()


def test_a_package_of_two_is_added_and_bought(cast: Cast, desk: Client) -> None:
    sent = typed(
        None, name="Two checks", price="300", unused_visit_refund="100",
        **visits("rr1", "rr1"),
    )  # fmt: skip
    assert desk.post(ADD_PACKAGE, {**sent, "confirmed": "1"}).status_code == 302
    version = PackageVersion.objects.get(name="Two checks")
    assert (version.visit_count, version.package.is_offered) == (2, True)
    make_referral(patient=cast.patient, now=timezone.now())
    page = desk.get(reverse("desk_join", args=[cast.patient.pk])).content.decode()
    assert "$300 for 2 visits" in page
    assert "$1,140 for 6 visits" in page
    hers = client_for(cast.patient.user)
    shown = hers.get(reverse("package"))
    assert b"Join Two checks" in shown.content
    key = shown.content.decode().partition('name="form_key" value="')[2].partition('"')[0]
    hers.post(reverse("package"), {"version": str(version.pk), "form_key": key})
    assert Enrollment.objects.get().version == version
    assert "2 of 2 visits left" in hers.get(reverse("package")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price": ""}, "price"),
        ({"price": "150"}, "unused_visit_refund"),
        ({"step_2": ""}, "step_2"),
        ({"step_1": "2"}, "step_1"),
        ({"step_2": "9"}, "step_2"),
        ({"service_2": ""}, "service_1"),
        ({"most_2": "3"}, "most_2"),
        ({"least_2": "x"}, "least_2"),
        ({"least_2": "99", "validity_days": "50"}, "validity_days"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_a_package_that_cannot_be_is_refused_and_stays_in_the_form(
    desk: Client, wrong: dict[str, str], field: str
) -> None:
    good = typed(
        None, name="Two checks", price="300", unused_visit_refund="100", **visits("rr1", "rr2")
    )
    before = PackageVersion.objects.count()
    page = desk.post(ADD_PACKAGE, {**good, **wrong, "confirmed": "1"})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    [name, *_more] = wrong
    assert page.context["form"].data[name] == wrong[name]
    assert PackageVersion.objects.count() == before


def test_a_step_that_goes_back_is_refused(desk: Client) -> None:
    good = typed(
        None, name="Back", price="300", unused_visit_refund="0", **visits("rr1", "rr3", "rr2")
    )
    page = desk.post(ADD_PACKAGE, {**good, "step_2": "3", "step_3": "2"})
    assert list(page.context["form"].errors) == ["step_3"]


def test_the_page_says_what_is_sold_already_and_a_change_leaves_it(
    cast: Cast, desk: Client
) -> None:
    package = Package.objects.get()
    version = newest_versions().get()
    bought = make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient), version=version
    )
    address = f"{TERMS}packages/{package.pk}/"
    wanted = typed(version, price="1300", service_6="", step_6="")
    look = desk.post(address, wanted)
    assert [(one.pk, count) for one, count in look.context["under_way"]] == [(version.pk, 1)]
    assert b"6 visits for $1,140" in look.content
    assert desk.post(address, {**wanted, "confirmed": "1"}).status_code == 302
    newest = newest_versions().get()
    assert (newest.price_cents, newest.visit_count) == (130_000, 5)
    bought.refresh_from_db()
    assert bought.version == version
    # The same page again is of before the change.
    assert desk.post(address, {**wanted, "confirmed": "1"}).status_code == 409


def test_a_visit_ends_only_when_no_package_holds_it(cast: Cast, desk: Client) -> None:
    def end() -> int:
        form = ServiceForm(service=Service.objects.get(code="rr5"))
        sent = {k: v for k, v in form.initial.items() if v is not None and v is not True}
        return desk.post(f"{TERMS}rr5/", sent).status_code

    assert end() == 409
    enrollment = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    Package.objects.update(is_offered=False)
    assert end() == 409
    enrollment.ended_at, enrollment.ending = timezone.now(), "cancelled"
    enrollment.save()
    assert end() == 302
    assert not Service.objects.get(code="rr5").is_active


def test_an_evaluation_of_an_hour_takes_an_hour_on_every_page(cast: Cast, desk: Client) -> None:
    Service.objects.filter(code="evaluation").update(minutes=60)
    Service.objects.filter(code="rr1").update(minutes=75)
    make_version(visits=EIGHT_VISITS, name="Back to racing", price_cents=152_000)
    make_referral(patient=cast.patient, now=timezone.now())
    hers = client_for(cast.patient.user)
    for client, address in (
        (Client(), "/"),
        (Client(), "/book/prices/"),
        (hers, "/book/"),
        (hers, reverse("package")),
        (hers, reverse("book_service", args=["evaluation"])),
        (desk, TERMS),
        (desk, f"{TERMS}evaluation/"),
        (desk, reverse("desk_join", args=[cast.patient.pk])),
        (desk, reverse("desk_new", args=[cast.patient.pk])),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        words = page.content.decode()
        assert "90 minutes" not in words, address
        assert "six visits" not in words, address
    assert "60 minutes" in hers.get("/book/").content.decode()
    assert "$152,000" not in hers.get("/book/").content.decode()
    assert "$1,520 for 8 visits" in hers.get("/book/").content.decode()
