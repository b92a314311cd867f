#!/bin/sh
# djangofmt 1.1.0 parts two tags that were written without a space, if nothing else stands beside
# them.
#
# Guess: a formatter that knows which elements are inline, and leaves `{{ x }}{% icon "a" %}` and
# `a<button>` as they are, never draws a space where there was none.
# What happens: when a block element holds only tags, `{% icon "a" %}{% translate "b" %}` and two
# buttons come out on lines of their own. A browser draws the new line break as a space: "Sent , on
# Monday". With text or a `{{ }}` beside them they stay together.
# Why it matters: our chips are an icon and a word, and pages are compared byte for byte around
# inline elements. `{% icon "a" %}{{ _("b") }}` stays together, and so does what stands under
# {# djangofmt: ignore[format] #}.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check djangofmt==1.1.0

# Prints a template's one-line layout after formatting, line breaks as "|".
laid_out() {
    printf '%s\n' "$1" >"$folder/page.html"
    "$folder/venv/bin/djangofmt" --quiet "$folder/page.html" 2>/dev/null
    tr -s ' ' <"$folder/page.html" | tr '\n' '|'
}

expect() {
    got=$(laid_out "$1")
    printf '%s\n  %s\n' "$1" "$got"
    [ "$got" = "$2" ] || { echo "This has changed: expected $2" >&2; exit 1; }
}

expect '<p>{% icon "a" %}{% translate "b" %}</p>' '<p>| {% icon "a" %}| {% translate "b" %}|</p>|'
expect '<p>{% icon "a" %}{{ _("b") }}</p>' '<p>{% icon "a" %}{{ _("b") }}</p>|'
expect '<form><button>A</button><button>B</button></form>' \
    '<form>| <button>A</button>| <button>B</button>|</form>|'
expect '<p>a<button>B</button></p>' '<p>a<button>B</button></p>|'
