"""A fixture that makes tens of thousands of requests fast enough."""

import pytest
from django.template import Context, Template


@pytest.fixture(autouse=True)
def templates_without_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render templates as outside of tests.

    In tests Django records every template, also that of each widget, with a copy of its context.
    Nothing here needs the records.
    """

    def render(template: Template, context: Context) -> str:
        return template.nodelist.render(context)

    monkeypatch.setattr(Template, "_render", render)
