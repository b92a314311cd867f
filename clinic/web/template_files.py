"""A template loader that removes the indentation our templates are written with.

Templates have one element a line, and long tags one attribute a line. Sent like that a page would
be half as large again. Compressing it is no choice: a page holds secrets beside what a visitor
typed.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

_DJANGO = r"{%.*?%}|{{.*?}}"
# A `>` may also be part of a quoted value, or of a Django tag.
_TAG = re.compile(
    rf"""</?[a-zA-Z](?:{_DJANGO}|"(?:{_DJANGO}|[^"])*"|'(?:{_DJANGO}|[^'])*'|[^"'>])*>""", re.S
)
_LINE_BREAK = re.compile(r"\s*\n\s*")
_SPACE_AT_THE_END = re.compile(r"\s+(?=>$)")
_INDENTATION = re.compile(r"\n[ \t]+")
# A button lays out its parts with a gap: a space at its end would count as one of them.
_END_OF_A_BUTTON = re.compile(r"\s+(?=</button>)")


class Loader(filesystem.Loader):
    """Load our own templates. Those of libraries are loaded by Django's loaders."""

    def get_contents(self, origin: Origin) -> str:
        """Return the source of a template; of HTML with each tag on one line and no indentation."""
        text = super().get_contents(origin)
        if not origin.name.endswith(".html"):
            return text
        text = _INDENTATION.sub("\n", _TAG.sub(_on_one_line, text))
        return _END_OF_A_BUTTON.sub("", text)


def _on_one_line(tag: re.Match[str]) -> str:
    return _SPACE_AT_THE_END.sub("", _LINE_BREAK.sub(" ", tag[0]))
