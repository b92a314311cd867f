"""The short pages: open to everybody, each fact with its source, easy to read."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from playwright.sync_api import Page

from intake.learn.topics import TOPICS, topics_for
from intake.triage.sources import SOURCES
from tests.cast import client_for, make_cast
from tests.factories import make_offer
from tests.intake.online_intake.test_flow import fill, send, start

PAGES = [f"/learn/{slug}/" for slug in TOPICS]
MARK = re.compile(r'<small class="soft text-nowrap">\((.*?)\)</small>', re.S)
GRADE = 8


def sheet(path: str) -> str:
    """Return what stands in the sheet of a page, without head, masthead and foot."""
    body = Client().get(path).content.decode()
    found = re.search(r'<div class="sheet">(.*?)</main>', body, re.S)
    assert found
    return found.group(1)


@pytest.mark.django_db
def test_the_index_leads_to_every_page_and_to_the_sources() -> None:
    index = sheet("/learn/")
    for path in [*PAGES, "/learn/sources/"]:
        assert f'href="{path}"' in index
        assert Client().get(path).status_code == 200
    assert Client().get("/learn/nothing/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_each_page_names_its_sources_and_carries_the_emergency_lines(path: str) -> None:
    page = sheet(path)
    marks = MARK.findall(page)
    assert len(marks) >= 3
    codes = set(re.findall(r'href="/learn/sources/#(\w+)"', page))
    assert codes
    listed = sheet("/learn/sources/")
    for code in codes:
        assert f'id="{code}"' in listed
        assert SOURCES[code].title in unescape(listed)
    body = Client().get(path).content.decode()
    assert 'href="tel:911"' in body
    assert 'href="tel:988"' in body
    assert "This is not a diagnosis." in body


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_fact_names_its_source(path: str) -> None:
    """Every list item and every paragraph with a number or a "can mean" has a mark beside it."""
    page = sheet(path).partition('<p class="soft mt-5">')[0]
    page = re.sub(r"<table.*?</table>", "", page, flags=re.S)
    for item in re.findall(r"<li>(?!<span)(.*?)</li>", page, re.S):
        assert MARK.search(item), item
    for paragraph in re.findall(r"<p(?: [^>]*)?>(.*?)</p>", page, re.S):
        if re.search(r"\d|stud|expert", MARK.sub("", paragraph)) and "href=" not in paragraph:
            assert MARK.search(paragraph) or path == "/learn/walk-run/", paragraph


def syllables(word: str) -> int:
    """Count the groups of vowels; a silent e at the end is none."""
    groups = re.findall(r"[aeiouy]+", re.sub(r"(?<!l)e$", "", word.lower()))
    return max(1, len(groups))


def grade(text: str) -> float:
    """Return the Flesch–Kincaid grade, a rough guide."""
    sentences = [one for one in re.split(r"[.?](?:\s|$)", text) if re.search("[a-z]", one)]
    words = re.findall(r"[A-Za-z’'-]+", text)
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(sentences) + 11.8 * per_word - 15.59


def prose(path: str) -> str:
    """Return the sentences of a page: paragraphs and list items, without headings and tables."""
    page = re.sub(r"<table.*?</table>", "", MARK.sub("", sheet(path)), flags=re.S)
    parts = re.findall(r"<(?:p|li|small)\b[^>]*>(.*?)</(?:p|li|small)>", page, re.S)
    sentences = (" ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split()) for part in parts)
    return " ".join(one if one.endswith((".", "?")) else f"{one}." for one in sentences if one)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/learn/", *PAGES])
def test_each_page_reads_at_or_below_grade_eight(path: str) -> None:
    assert grade(prose(path)) <= GRADE


def test_the_grade_tells_hard_from_easy() -> None:
    assert grade("We see you. You sit. We talk.") < 2
    hard = "Individualized musculoskeletal rehabilitation necessitates multidisciplinary evaluation"
    assert grade(hard) > GRADE


@pytest.mark.parametrize(
    ("domain", "slugs"),
    [
        ("safety", ["your-visit"]),
        ("background", ["five-things", "your-visit"]),
        ("leak", ["leaking"]),
        ("heaviness", ["heaviness"]),
        ("pain", ["pain"]),
        ("readiness", ["five-things", "walk-run"]),
    ],
)
def test_flags_of_every_domain_lead_to_their_pages(domain: str, slugs: list[str]) -> None:
    assert [topic.slug for topic in topics_for({domain}, may_run=True)] == slugs


def test_flags_of_several_domains_lead_to_the_pages_of_each_and_none_to_none() -> None:
    assert [topic.slug for topic in topics_for({"leak", "pain"}, may_run=True)] == [
        "leaking",
        "pain",
    ]
    assert topics_for(set(), may_run=True) == []


def test_who_is_asked_to_wait_with_running_is_not_given_the_stages_to_read() -> None:
    slugs = [topic.slug for topic in topics_for({"readiness"}, may_run=False)]
    assert slugs == ["five-things"]


@pytest.mark.django_db
def test_home_visits_and_the_result_lead_there() -> None:
    assert b'href="/learn/"' in Client().get("/").content
    cast = make_cast()
    assert b'href="/learn/"' in client_for(cast.patient.user).get("/visits/").content


@pytest.mark.django_db
def test_the_result_offers_what_goes_with_her_flags() -> None:
    make_offer()
    leaks = {
        "leak_when": "cough", "leak_frequency": "weekly", "leak_amount": "drops",
        "leak_bother": "2",
    }  # fmt: skip
    client = fill(start(), leaking=leaks)
    send(client)
    page = client.get("/intake/result/").content.decode()
    assert 'href="/learn/leaking/"' in page
    assert 'href="/learn/pain/"' not in page


@pytest.mark.parametrize("path", ["/learn/", "/learn/sources/", *PAGES])
def test_a_page_has_no_barrier_for_anybody(
    page: Page, axe: Callable[[Page], None], path: str
) -> None:
    page.goto(path)
    axe(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
