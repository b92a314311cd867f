"""A filter for the cells of the desk's lists."""

from django import template

from booking.worklists.cells import Cell, cell_words

register = template.Library()


@register.filter
def in_words(cell: Cell) -> str:
    """Return the cell as people read it."""
    return cell_words(cell)
