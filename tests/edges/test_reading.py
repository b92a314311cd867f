"""Reading a page changes nothing, whoever reads it and however often."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.edges.crawling import crawl
from tests.edges.visitors import ROLES, visitor

pytestmark = pytest.mark.django_db

# What reading does leave behind: the session, the audit event, and the counts of limits.
LEFT_BY_READING = {"sessions.session", "clinic.auditevent", "clinic.ratecount"}


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, without what reading leaves behind."""
    return {
        model._meta.label_lower: list(
            model._default_manager.order_by("pk").values_list(
                *(one.name for one in model._meta.concrete_fields)
            )
        )
        for model in apps.get_models()
        if model._meta.label_lower not in LEFT_BY_READING
    }


@pytest.mark.parametrize("role", ROLES)
def test_following_every_link_changes_nothing(role: str, settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    call_command("seed", patients=10)
    client, starts = visitor(role)
    before = state()
    addresses = [page.address for page in crawl(client, starts)]
    assert len(addresses) > len(starts) // 2
    for address in addresses:
        client.head(address)
        client.options(address)
        client.get(address, headers={"Purpose": "prefetch"})
    after = state()
    assert [name for name in before if before[name] != after[name]] == []
