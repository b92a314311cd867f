"""From here on every row has a promise, and one that belongs to its instants."""

from django.db import migrations, models
from django.db.models import F, Q

from clinic.practice.promised import SecondsAhead, WallTimeField

START, END = (
    ("starts_at", "promised_start", "start_offset"),
    ("ends_at", "promised_end", "end_offset"),
)
PROMISING = {
    "appointment": {"appointment_promise": START},
    "slotoffer": {"slot_offer_promise": START},
    "closure": {"closure_start_promise": START, "closure_end_promise": END},
    "extraopening": {"extra_opening_start_promise": START, "extra_opening_end_promise": END},
}


def steps(model, constraints):
    """Yield the steps for one table."""
    for _at, wall, offset in constraints.values():
        yield migrations.AlterField(model, wall, WallTimeField(editable=False))
        yield migrations.AlterField(model, offset, models.IntegerField(editable=False))
    for name, (at, wall, offset) in constraints.items():
        belongs = Q(**{offset: SecondsAhead(F(wall), F(at))})
        yield migrations.AddConstraint(model, models.CheckConstraint(condition=belongs, name=name))


class Migration(migrations.Migration):
    dependencies = [("booking", "0020_read_promised_times")]

    operations = [step for model, ones in PROMISING.items() for step in steps(model, ones)]
