"""The address and the network of a client, behind proxies and without."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from clinic.audit.client_address import client_address, client_network
from clinic.models.audit import AuditEvent
from tests.factories import PASSWORD, make_user

FORWARDED = "1.1.1.1, 2.2.2.2, 3.3.3.3"


@pytest.mark.parametrize(
    ("proxies", "expected"), [(0, "10.0.0.9"), (1, "3.3.3.3"), (2, "2.2.2.2"), (9, "10.0.0.9")]
)
def test_only_trusted_proxies_name_the_client(
    rf: RequestFactory, settings: Any, proxies: int, expected: str
) -> None:
    settings.PROXY_COUNT = proxies
    request = rf.get("/", HTTP_X_FORWARDED_FOR=FORWARDED, REMOTE_ADDR="10.0.0.9")
    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_clients_are_counted_by_address_or_by_the_64_of_an_ipv6_address(
    rf: RequestFactory, address: str, network: str
) -> None:
    assert client_network(rf.get("/", REMOTE_ADDR=address)) == network


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/desk/", "/accounts/login/"])
def test_the_audit_trail_names_the_client_and_not_the_proxy(settings: Any, path: str) -> None:
    settings.PROXY_COUNT = 1
    user = make_user(email="ruth@example.test", is_access_admin=True)
    client = Client(REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=FORWARDED)
    if path == "/desk/":
        # Refused, as the role is missing.
        client.force_login(user)
        client.get(path)
    else:
        client.post(path, {"login": user.email, "password": PASSWORD})
    addresses = set(AuditEvent.objects.values_list("ip", flat=True))
    assert addresses
    assert addresses <= {"3.3.3.3"}
