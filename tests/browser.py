"""Watch a real browser: errors and requests to other sites fail the test."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOCAL_SCHEMES = ("data:", "blob:", "about:")


class Watch:
    """Collects every console error, script error and request to another site."""

    def __init__(self, page: Page, site: str) -> None:
        self.site = site
        self.complaints: list[str] = []
        self._pages: set[str] = set()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # The console also reports a page that answers 404 or 422 on purpose, which is no error.
        of_the_page = message.location.get("url") in self._pages
        if message.type == "error" and not (of_the_page and "Failed to load" in message.text):
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.site + "/", *LOCAL_SCHEMES)):
            self.complaints.append(f"request to {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._pages.add(response.url)


def assert_accessible(page: Page) -> None:
    """Fail if axe finds a violation of WCAG 2.2 A or AA on the page as it is now."""
    # A click waits until the next page begins to load, not until it has any content.
    page.wait_for_load_state()
    # What has passed is left out: to tell of every element takes longer than to look at it.
    result = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    assert not result.violations_count, result.generate_report()
