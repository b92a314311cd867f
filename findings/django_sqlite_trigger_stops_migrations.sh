#!/bin/sh
# Django 5.2.19 on SQLite: a trigger that reads another table makes every later rebuild of that
# table fail, also one that changes nothing the trigger reads.
#
# One would guess that a trigger is safe as long as its own table is left alone: that a rebuild
# loses the triggers of the rebuilt table is known, and those of others are not touched. But Django
# rebuilds a table by dropping it and renaming a new one to its name, and sets
# `PRAGMA legacy_alter_table = OFF`. SQLite then looks through all triggers at the rename, while the
# name is that of no table: "error in trigger …: no such table". The migration fails, in this one
# and in every release after it, far from where the trigger was made.
#
# It matters to us because a check against what was bought asks another table, and an upgrade that
# adds a constraint to that table would stop on every SQLite installation. Our schema editor takes
# such triggers away for the moment of a rebuild (clinic/database/sqlite3).
#
# Exits 0 while this is so.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check Django==5.2.19
cd "$scratch"
"$scratch/venv/bin/python" - <<'END'
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "test.sqlite3"}},
)
django.setup()
from django.db import connection, models
from django.db.utils import OperationalError


class Version(models.Model):
    visits = models.IntegerField()
    name = models.CharField(max_length=10)

    class Meta:
        app_label = "sold"


class Entry(models.Model):
    version = models.ForeignKey(Version, models.PROTECT)
    visits = models.IntegerField()

    class Meta:
        app_label = "sold"


longer = models.CharField(max_length=80, null=True)
longer.set_attributes_from_name("name")

with connection.schema_editor() as editor:
    editor.create_model(Version)
    editor.create_model(Entry)
with connection.schema_editor() as editor:
    editor.alter_field(Version, Version._meta.get_field("name"), longer)
with connection.cursor() as cursor:
    cursor.execute(
        "CREATE TRIGGER fits BEFORE INSERT ON sold_entry WHEN NEW.visits <> "
        "(SELECT visits FROM sold_version WHERE id = NEW.version_id) "
        "BEGIN SELECT RAISE(ABORT, 'fits'); END"
    )
try:
    with connection.schema_editor() as editor:
        editor.alter_field(Version, longer, Version._meta.get_field("name"))
except OperationalError as error:
    assert "error in trigger fits" in str(error), error
    print("As found: a field the trigger does not read cannot be changed any more:", error)
else:
    raise SystemExit("The table was rebuilt: SQLite or Django looks at other triggers no more.")
END
