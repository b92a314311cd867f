"""Columns for the wall time that was promised with an instant; filled by the next step."""

from django.db import migrations, models

from clinic.practice.promised import WallTimeField

STARTS = {"promised_start": "start_offset"}
BOTH = {**STARTS, "promised_end": "end_offset"}
PROMISING = {"appointment": STARTS, "slotoffer": STARTS, "closure": BOTH, "extraopening": BOTH}


def columns(model, promises):
    """Yield the steps that add the columns of one table."""
    for wall, offset in promises.items():
        yield migrations.AddField(model, wall, WallTimeField(editable=False, null=True))
        yield migrations.AddField(model, offset, models.IntegerField(editable=False, null=True))
    zone = models.CharField(max_length=64, editable=False, default="")
    yield migrations.AddField(model, "promised_zone", zone, preserve_default=False)
    checked = models.BooleanField(editable=False, default=True)
    yield migrations.AddField(model, "is_promise_checked", checked)


class Migration(migrations.Migration):
    dependencies = [("booking", "0018_checks_against_the_version")]

    operations = [step for model, walls in PROMISING.items() for step in columns(model, walls)]
