"""Write down what every row promised, as far as it can still be known.

What is ahead was promised by what Python read until now: the machine's own zone file. Where that
and the pinned data differ, the row shows another time than was promised, and stands on the list
"The clock law changed". Without a file of the machine nobody can know: such rows are marked. What
is over gets the reading of today.
"""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations
from django.db.models import F, Max, Min
from django.utils import timezone

from clinic.practice.promised import WallAt
from clinic.practice.wall_time import offsets
from clinic.practice.zone_data import machine_zone

START, END = (
    ("starts_at", "promised_start", "start_offset"),
    ("ends_at", "promised_end", "end_offset"),
)
PROMISING = {
    "Appointment": (START,),
    "SlotOffer": (START,),
    "Closure": (START, END),
    "ExtraOpening": (START, END),
}


def fill(apps, schema_editor):
    """Fill the columns of all four tables, by a statement for each stretch of one offset."""
    now, zone = timezone.now(), settings.CLINIC_TIME_ZONE
    pinned, own = ZoneInfo(zone), machine_zone(zone)
    for model, promises in PROMISING.items():
        rows = apps.get_model("booking", model).objects.all()
        for names in promises:
            read(rows.filter(**{f"{names[0]}__lte": now}), names, pinned)
            read(rows.filter(**{f"{names[0]}__gt": now}), names, own or pinned)
        rows.update(promised_zone=zone)
        if own is None:
            last = promises[-1][0]
            rows.filter(**{f"{last}__gt": now}).update(is_promise_checked=False)


def read(rows, names, tz):
    """Write what the clock of `tz` shows at the instants of these rows."""
    at, wall, offset = names
    ends = rows.aggregate(first=Min(at), last=Max(at))
    if ends["first"] is None:
        return
    for one in offsets(tz, ends["first"], ends["last"]):
        some = rows
        if one.begins is not None:
            some = some.filter(**{f"{at}__gte": one.begins})
        if one.ends is not None:
            some = some.filter(**{f"{at}__lt": one.ends})
        seconds = int(one.ahead.total_seconds())
        some.update(**{wall: WallAt(F(at), one.ahead), offset: seconds})


class Migration(migrations.Migration):
    dependencies = [("booking", "0019_promised_times")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
