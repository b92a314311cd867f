"""The template loader removes the indentation that templates are written with."""

from pathlib import Path
from typing import Any

from django.template import Context, Engine


def rendered(folder: Path, name: str, text: str, **values: Any) -> str:
    (folder / name).write_text(text)
    loaders = [("clinic.web.template_files.Loader", [str(folder)])]
    return Engine(loaders=loaders).get_template(name).render(Context(values))


def test_a_page_is_rendered_without_indentation(tmp_path: Path) -> None:
    text = "<ul>\n    <li>\n\t\tOne  two\n    </li>\n</ul>\n"
    assert rendered(tmp_path, "page.html", text) == "<ul>\n<li>\nOne  two\n</li>\n</ul>\n"


def test_a_tag_is_rendered_on_one_line(tmp_path: Path) -> None:
    text = """<a
    class="btn{% if 2 > 1 %} on{% endif %}"
    title="a > b"
    {% if late %}hidden{% endif %}
>See it</a
>, <input
    name="x"
>"""
    tag = '<a class="btn on" title="a > b" hidden>See it</a>, <input name="x">'
    assert rendered(tmp_path, "page.html", text, late=True) == tag


def test_what_a_patient_wrote_has_its_white_space(tmp_path: Path) -> None:
    page = rendered(tmp_path, "page.html", "  <p>{{ words }}</p>", words="one\n    two")
    assert page == "  <p>one\n    two</p>"


def test_a_mail_text_is_rendered_as_it_is_written(tmp_path: Path) -> None:
    assert rendered(tmp_path, "mail.txt", "Dear you,\n    when\n") == "Dear you,\n    when\n"


def test_a_button_ends_with_its_last_part(tmp_path: Path) -> None:
    text = "<button>\n    Open<span> again</span>\n</button>\n<p>\n</p>\n"
    page = rendered(tmp_path, "page.html", text)
    assert page == "<button>\nOpen<span> again</span></button>\n<p>\n</p>\n"
