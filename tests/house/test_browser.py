"""The watch on the browser notices errors and requests to other sites."""

import pytest

from tests.browser import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(new_context):
    """Return a page without a site, and its watch."""
    page = new_context().new_page()
    return page, Watch(page, "http://127.0.0.1:1")


def test_an_error_in_the_console_is_a_complaint(watched):
    page, watch = watched
    page.evaluate("console.error('oh no')")
    page.evaluate("console.log('all is well')")
    assert watch.complaints == ["console: oh no"]


def test_an_error_in_a_script_is_a_complaint(watched):
    page, watch = watched
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken') })")
    assert watch.complaints == ["script error: broken"]


def test_a_request_to_another_site_is_a_complaint(watched):
    page, watch = watched
    page.context.route("**", lambda route: route.fulfill(body=""))
    page.goto("http://127.0.0.1:1/")
    page.set_content('<img src="http://elsewhere.example/dot.gif"><img src="data:,">')
    assert watch.complaints == ["request to http://elsewhere.example/dot.gif"]


def test_a_page_with_an_error_status_is_no_complaint(watched):
    page, watch = watched
    page.context.route("**", lambda route: route.fulfill(status=422, body="try again"))
    page.goto("http://127.0.0.1:1/form")
    assert watch.complaints == []
