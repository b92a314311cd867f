#!/bin/sh
# holidays 0.109: asking for a state does not add the state's days to the country's.
#
# One would guess that `US(subdiv="MA")` holds every federal holiday and Patriots' Day on top. It
# does not: with a state the rule "Saturday's holiday is kept on Friday" goes away, so Friday, July
# 3, 2026 is a holiday of the country and a working day of Massachusetts. And the Friday before a
# New Year's Day on a Saturday belongs to the year before: `US(years=2028)` does not hold it.
#
# It matters to us because a clinic in a state closes on the federal days as they are kept: a list
# asked for by state leaves a day open on which nobody is there, and reminders and due times count
# it as a working day.
#
# Exits 0 while this is so.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    holidays==0.109 python-dateutil==2.9.0.post0
"$scratch/venv/bin/python" - <<'END'
from datetime import date

from holidays import US

friday = date(2026, 7, 3)
assert friday in US(years=2026), "the country keeps Friday"
assert date(2026, 4, 20) in US(subdiv="MA", years=2026), "the state adds Patriots' Day"
assert friday not in US(subdiv="MA", years=2026), "with a state Friday is a holiday after all"

new_year = date(2027, 12, 31)
# `date in` looks other years up by itself; the list of a year does not hold it.
assert new_year not in list(US(years=2028)), "2028 holds its New Year's Day as it is kept"
assert new_year in list(US(years=2027)), "2027 does not hold the kept New Year's Day"
print("As found: a state drops the Friday, and a year its kept New Year's Day.")
END
