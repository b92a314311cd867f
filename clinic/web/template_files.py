"""Templates as they are drawn: without the layout they are written with.

Templates are laid out for whoever reads them, one element a line, an attribute a line where a tag
is long. Sent like that, a page is half as large again, and pages are not compressed on the way
out, because a page holds secrets beside what a visitor typed.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

_DJANGO = r"{%.*?%}|{{.*?}}"
# A `>` may stand inside a quoted value and inside a tag of Django's.
_TAG = re.compile(
    rf"""</?[a-zA-Z](?:{_DJANGO}|"(?:{_DJANGO}|[^"])*"|'(?:{_DJANGO}|[^'])*'|[^"'>])*>""", re.S
)
_LINE_BREAK = re.compile(r"\s*\n\s*")
_SPACE_AT_THE_END = re.compile(r"\s+(?=>$)")
_INDENTATION = re.compile(r"\n[ \t]+")
# A button lays out its parts with a gap: a space at its end would count as one of them.
_END_OF_A_BUTTON = re.compile(r"\s+(?=</button>)")


class Loader(filesystem.Loader):
    """Read our own templates; what libraries bring is read by Django's loaders."""

    def get_contents(self, origin: Origin) -> str:
        """Return the text of a template, an HTML one with tags on one line and no indentation."""
        text = super().get_contents(origin)
        if not origin.name.endswith(".html"):
            return text
        text = _INDENTATION.sub("\n", _TAG.sub(_on_one_line, text))
        return _END_OF_A_BUTTON.sub("", text)


def _on_one_line(tag: re.Match[str]) -> str:
    return _SPACE_AT_THE_END.sub("", _LINE_BREAK.sub(" ", tag[0]))
