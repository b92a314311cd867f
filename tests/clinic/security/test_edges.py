"""Bad requests, rate limits, health checks, headers and error pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from clinic.models.limits import RateCount
from clinic.models.messages import Heartbeat
from clinic.security.rate_limits import is_over
from clinic.site import views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/?q=%00", "/?q=%ED%A0%80", "/l/%00", "/book/prices/?page=%00&x=1"]
)
def test_nul_bytes_and_bad_text_in_a_url_are_refused(path: str) -> None:
    assert Client().get(path).status_code in (200, 400, 404)
    assert b"Traceback" not in Client().get(path).content


@pytest.mark.parametrize("value", ["a\x00b", "\x00"])
def test_nul_bytes_in_a_form_are_refused(value: str) -> None:
    assert Client().post("/accounts/login/", {"login": value, "password": "x"}).status_code == 400


def test_a_body_over_a_megabyte_is_refused() -> None:
    response = Client().post("/accounts/login/", {"login": "x" * 1_100_000})
    assert response.status_code in (400, 413)


def test_a_thousand_fields_are_refused() -> None:
    response = Client().post("/accounts/login/", {f"f{n}": "x" for n in range(1001)})
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/nothing", "/l/unknown", "/.env", "/admin/", "/static/../x"])
def test_a_404_page_leads_back_to_the_home_page(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 404
    assert b"tel:911" in response.content


@pytest.mark.parametrize("method", ["put", "delete", "trace", "patch"])
def test_other_methods_are_refused(method: str) -> None:
    assert getattr(Client(), method)("/").status_code == 405


def test_without_the_database_a_503_page_has_the_emergency_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("canary-detail")

    monkeypatch.setattr("clinic.security.link_pages.find", down)
    response = Client().get("/l/anything")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert b"tel:911" in response.content
    assert b"canary" not in response.content


def test_a_database_error_before_the_view_is_a_503_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("clinic.sign_in.session_store.SessionStore.load", down)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "anything"
    assert client.get("/accounts/login/").status_code == 503


def test_a_500_page_shows_no_traceback(rf: RequestFactory) -> None:
    response = views.server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"tel:988" in response.content


def test_a_limit_allows_what_the_setting_says_and_no_more(settings: Any) -> None:
    settings.LIMITS = {"try": (3, 600)}
    assert [is_over("try", "a") for _ in range(4)] == [False, False, False, True]
    assert not is_over("try", "b")
    assert "a" not in set(RateCount.objects.values_list("key", flat=True))


def test_nobody_is_refused_when_counting_fails() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {RateCount._meta.db_table} RENAME TO elsewhere")
    assert is_over("intake_starts", "a") is False


def test_a_silent_sender_has_a_health_page_of_its_own() -> None:
    assert Client().get("/health/live").status_code == 200
    assert Client().get("/health/mail").status_code == 503
    Heartbeat.objects.create(job="send_due", at=timezone.now())
    assert Client().get("/health/mail").status_code == 200
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=4))
    assert Client().get("/health/mail").status_code == 503
