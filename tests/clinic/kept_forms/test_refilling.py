"""Writing what was typed back into a page: every kind of field, one form, the rest untouched."""

import pytest

from clinic.kept_forms.refilling import Typed, refilled, with_notice

PAGE = """<!DOCTYPE html>
<main id="main"><p>Ann &amp; Bo &copy; \u2028 <b>x</b></p>
<form method="post" action="/other/"><input name="note" value="untouched"></form>
<form method="post" novalidate>
<input type="hidden" name="csrfmiddlewaretoken" value="new-token">
<input type="hidden" name="form_key" value="new-key">
<input type="hidden" name="revision" value="3">
<label for="n">Left &amp; right</label><input id="n" name="left" value="1" size=3>
<input name="side"><input name="side">
<input type="checkbox" name="leak"><input type="checkbox" name="limp" checked>
<input type="radio" name="way" value="a" checked><input type="radio" name="way" value="b">
<input type="password" name="password">
<label for="s">Stage</label><select id="s" name="stage"><option value="">Not set</option>
<optgroup label="Free"><option value="1" selected>1</option><option>2</option></optgroup></select>
<textarea name="note" rows="2">
old</textarea><button name="sign" value="1">Sign</button></form></main></html>"""


def refill(fields: dict[str, list[str]], page: str = PAGE, action: str = "/record/"):
    return refilled(page, "/record/", Typed(action, fields))


def test_every_kind_of_field_takes_what_was_typed() -> None:
    found = refill(
        {
            "revision": ["2"],
            "form_key": ["old-key"],
            "left": ['1" <0'],
            "side": ["8", "9"],
            "leak": ["on"],
            "way": ["b"],
            "stage": ["2"],
            "note": ["line 1\n</textarea><b>2"],
            "sign": ["1"],
        }
    )
    assert (found.is_found, found.has_typed, found.left) == (True, True, [])
    for written in (
        '<input type="hidden" name="revision" value="2">',
        '<input type="hidden" name="form_key" value="new-key">',
        '<input type="hidden" name="csrfmiddlewaretoken" value="new-token">',
        '<input id="n" name="left" size="3" value="1&quot; &lt;0">',
        '<input name="side" value="8"><input name="side" value="9">',
        '<input type="checkbox" name="leak" checked=""><input type="checkbox" name="limp">',
        '<input type="radio" name="way" value="a">',
        '<input type="radio" name="way" value="b" checked="">',
        '<option value="1">1</option><option selected="">2</option>',
        '<textarea name="note" rows="2">\nline 1\n&lt;/textarea&gt;&lt;b&gt;2</textarea>',
        '<input type="password" name="password">',
        '<input name="note" value="untouched">',
    ):
        assert written in found.html
    assert found.html.startswith(PAGE[: PAGE.index('<input type="hidden" name="csrf')])


def test_what_no_field_takes_is_named_by_its_label() -> None:
    found = refill({"stage": ["7"], "early_reason": ["Ran all through"], "left": ["1"]})
    assert found.left == [("Stage", ["7"]), ("Early reason", ["Ran all through"])]
    assert refill({"form_key": ["k"], "password": ["secret"]}).left == []


def test_a_form_that_is_not_on_the_page_changes_nothing() -> None:
    found = refill({"left": ["5"]}, action="/gone/")
    assert (found.html, found.is_found) == (PAGE, False)
    assert found.left == [("Left", ["5"])]


def test_of_forms_with_one_address_the_one_with_the_same_hidden_fields_is_filled() -> None:
    def row(key: int, value: str = "") -> str:
        return (
            '<form method="post" action="/row/"><input type="hidden" name="key"'
            f' value="{key}"><input name="reason"{value}></form>'
        )

    found = refill({"key": ["2"], "reason": ["late"]}, row(1) + row(2) + row(3), "/row/")
    assert found.html == row(1) + row(2, ' value="late"') + row(3)


def test_a_gate_takes_nothing_and_shows_nothing() -> None:
    gate = '<form method="post"><input type="hidden" name="birth_gate" value="1"></form>'
    found = refill({"left": ["5"]}, gate, "/else/")
    assert (found.is_gate, found.html, found.left) == (True, gate, ())


@pytest.mark.parametrize("page", ["", "<main>", "<form", "<p>no form</p>", "<textarea name=a>"])
def test_any_page_can_be_read(page: str) -> None:
    assert refill({"left": ["5"]}, page).html == page


def test_a_press_that_had_nothing_to_type_says_so() -> None:
    page = '<form method="post"><input type="hidden" name="version" value="1"><button></form>'
    found = refill({"version": ["1"]}, page)
    assert (found.is_found, found.has_typed, found.left) == (True, False, [])


def test_the_notice_stands_at_the_top_of_the_main_part() -> None:
    assert with_notice('a<main id="main">b', "N") == 'a<main id="main">Nb'
    assert with_notice("ab", "N") == "abN"
