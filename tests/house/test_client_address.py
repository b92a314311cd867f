"""One function says where a request comes from, so that no proxy is taken for a client."""

import re

from django.conf import settings

ONLY_HERE = "clinic/audit/client_address.py"
ASKING = re.compile(r"REMOTE_ADDR|X.FORWARDED.FOR", re.IGNORECASE)


def test_nothing_else_asks_for_the_address() -> None:
    asking = {
        str(path.relative_to(settings.BASE_DIR))
        for app in ("clinic", "booking", "intake")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if ASKING.search(path.read_text())
    }
    assert asking == {ONLY_HERE}
