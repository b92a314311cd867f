"""How fields stand on a page: crispy's layout with the house's own field templates."""

from collections.abc import Iterable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout


class TextLine(Field):
    """A text field or a choice list with its label, hint and error above the input."""

    template = "clinic/web/fields/line.html"


class Tick(Field):
    """One box to tick, as a tile."""

    template = "clinic/web/fields/tick.html"


class Tiles(Field):
    """Radio buttons or boxes as tiles, in a fieldset."""

    template = "clinic/web/fields/tiles.html"


class Trap(Field):
    """A field people never see or reach; what is written into it came from a machine."""

    template = "clinic/web/fields/trap.html"


def laid_out(*fields: Field) -> FormHelper:
    """Return a helper that renders these fields, without the form tag and its token."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*fields)
    return helper


def lines(names: Iterable[str]) -> FormHelper:
    """Return a helper that renders each named field as a line."""
    return laid_out(*(TextLine(name) for name in names))
