"""Reading a page changes nothing, whoever reads it; and no title names a patient."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from clinic.models.people import Patient
from tests.edges.crawling import MOST_OF_A_KIND, crawl
from tests.edges.visitors import ROLES, visitor
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

# What reading does leave behind: the session, the audit event, and the counts of limits.
LEFT_BY_READING = {
    "clinic.storedsession",
    "clinic.auditevent",
    "clinic.auditdetail",
    "clinic.ratecount",
}
CANARY = "Zanarique"


def title_of(page: str) -> str:
    """Return what stands between the tags of the title; each page has one."""
    [title] = re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
    return title


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
    Patient.objects.update(name=f"{CANARY} Quillmont")
    before = state()
    pages = list(crawl(client, starts, rounds(1, MOST_OF_A_KIND)))
    # Titles stay in the history of a browser that everybody at the desk uses.
    assert [page.address for page in pages if CANARY in title_of(page.body)] == []
    addresses = [page.address for page in pages]
    assert len(addresses) > len(starts) // 2
    for address in {page.kind: page.address for page in pages}.values():
        client.head(address)
        client.options(address)
    after = state()
    assert [name for name in before if before[name] != after[name]] == []
