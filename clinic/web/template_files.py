"""Templates as they are drawn: without the indentation they are written with.

Templates are laid out for whoever reads them, one element a line. Indented like that the desk's
day is half as large again, and pages are not compressed on the way out, because a page holds
secrets beside what a visitor typed.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

# The line break stays, so that an error names the line a person sees.
_INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """Read our own templates; what libraries bring is read by Django's loaders."""

    def get_contents(self, origin: Origin) -> str:
        """Return the text of a template, an HTML one without indentation."""
        text = super().get_contents(origin)
        return _INDENTATION.sub("\n", text) if origin.name.endswith(".html") else text
