"""Every answer carries every header: pages, refusals of each kind, errors and files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from tests.cast import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def assert_strict(answer: HttpResponse, *, may_be_stored: bool = False) -> None:
    headers = answer.headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for name in ("frame-ancestors", "object-src", "base-uri"):
        assert f"{name} 'none'" in policy
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in headers
    assert ("no-store" in headers.get("Cache-Control", "")) != may_be_stored
    assert (headers.get("X-Robots-Tag") == "noindex") != may_be_stored


def raising(error: type[Exception]) -> Callable[..., None]:
    def view(*args: Any, **kwargs: Any) -> None:
        raise error

    return view


@pytest.mark.parametrize("path", ["/privacy/", "/accounts/login/", "/visits/", "/health/live"])
def test_pages(path: str) -> None:
    assert_strict(Client().get(path))


def test_the_home_page_may_be_stored_but_not_a_refusal_at_its_address() -> None:
    assert_strict(Client().get("/"), may_be_stored=True)
    # Signed in, it says who somebody is.
    assert_strict(client_for(make_user(is_manager=True)).get("/"))
    refused = Client().get("/?q=%00")
    assert refused.status_code == 400
    assert_strict(refused)


REFUSED: list[tuple[int, Callable[[Client], Any]]] = [
    (400, lambda client: client.get("/privacy/?q=%00")),
    (400, lambda client: client.post("/accounts/login/", {"login": "\x00"})),
    (400, lambda client: client.get("/privacy/", headers={"host": "elsewhere.example"})),
    (400, lambda client: client.post("/accounts/login/", {f"f{n}": "x" for n in range(401)})),
    (404, lambda client: client.get("/nothing")),
    (404, lambda client: client.get("/static/nothing.css")),
    (404, lambda client: client.get("/l/unknown")),
    (405, lambda client: client.put("/")),
    (413, lambda client: client.post("/accounts/login/", {"login": "x" * 1_100_000})),
]


@pytest.mark.parametrize(("status", "ask"), REFUSED)
def test_refusals(status: int, ask: Callable[[Client], Any]) -> None:
    answer = ask(Client())
    assert answer.status_code == status
    assert_strict(answer)


def test_a_wrong_host_is_refused_with_headers_where_https_is_demanded(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/privacy/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert_strict(answer)


def test_refusals_to_a_person() -> None:
    refused = client_for(make_user(is_access_admin=True)).get("/desk/")
    assert refused.status_code == 403
    assert_strict(refused)
    without_token = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert without_token.status_code == 403
    assert_strict(without_token)


@pytest.mark.parametrize(
    ("error", "status"), [(BadRequest, 400), (ZeroDivisionError, 500), (OperationalError, 503)]
)
def test_errors_in_a_view(monkeypatch: pytest.MonkeyPatch, error: Any, status: int) -> None:
    monkeypatch.setattr("clinic.security.link_pages.find", raising(error))
    answer = Client(raise_request_exception=False).get("/l/anything")
    assert answer.status_code == status
    assert_strict(answer)


def test_an_error_before_the_view(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    load = f"{settings.SESSION_ENGINE}.SessionStore.load"
    monkeypatch.setattr(load, raising(OperationalError))
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "anything"
    answer = client.get("/accounts/login/")
    assert answer.status_code == 503
    assert_strict(answer)


def test_too_many_requests(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (2, 10**9)}
    answers = [Client().get(f"/l/unknown{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert_strict(answers[-1])


def test_static_files_are_for_our_own_pages_and_their_list_is_served_to_nobody(
    settings: Any, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    for name in ("look.css", "staticfiles.json"):
        (tmp_path / name).write_text("{}")
    found = Client().get("/static/look.css")
    assert found.status_code == 200
    assert_strict(found, may_be_stored=True)
    assert Client().get("/static/staticfiles.json").status_code == 404
