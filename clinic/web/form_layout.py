"""Layout objects for django-crispy-forms with our own field templates."""

from collections.abc import Iterable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout


class TextLine(Field):
    """A text field or a select, with label, hint and error above it."""

    template = "clinic/web/fields/line.html"


class Tick(Field):
    """A single checkbox, as a tile."""

    template = "clinic/web/fields/tick.html"


class Tiles(Field):
    """Radio buttons or checkboxes as tiles, in a fieldset."""

    template = "clinic/web/fields/tiles.html"


class Trap(Field):
    """A field that people neither see nor reach. If it is filled in, a program did that."""

    template = "clinic/web/fields/trap.html"


def laid_out(*fields: Field) -> FormHelper:
    """Return a helper that renders these fields without the form tag and the CSRF token."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*fields)
    return helper


def lines(names: Iterable[str]) -> FormHelper:
    """Return a helper that renders each named field as a line."""
    return laid_out(*(TextLine(name) for name in names))
