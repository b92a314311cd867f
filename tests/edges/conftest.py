"""What makes some ten thousand requests bearable."""

import pytest
from django.template import Context, Template


@pytest.fixture(autouse=True)
def unnoted_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render as an installation does.

    In tests Django notes each template of a page, of every field's widget too, with a copy of all
    its values. Nobody asks for them here.
    """

    def render(template: Template, context: Context) -> str:
        return template.nodelist.render(context)

    monkeypatch.setattr(Template, "_render", render)
