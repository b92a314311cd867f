"""Copy into rows what the environment says of the clinic, once; what it does not say stays empty.

An installation that sells or has booked anything is open already. It keeps the zone in which its
visits were promised, also if that was never set.
"""

import os
from email.utils import parseaddr

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from clinic.identity.phones import read_phone

# Variable and column.
COPIED = (
    ("CLINIC_NAME", "name"),
    ("CLINIC_MAIL_NAME", "mail_name"),
    ("CLINIC_ADDRESS", "address"),
    ("CLINIC_PHONE", "phone"),
    ("LOCAL_CRISIS_LINE", "crisis_line"),
    ("CLINIC_TIME_ZONE", "zone"),
)


def copy(apps, schema_editor):
    facts_model = apps.get_model("clinic", "ClinicFacts")
    sells = apps.get_model("booking", "Service").objects.filter(is_active=True).exists()
    is_open = sells or apps.get_model("booking", "Appointment").objects.exists()
    values, said = {}, []
    for variable, column in COPIED:
        if text := os.environ.get(variable, "").strip():
            values[column] = text
            said.append(variable)
    if "phone" in values:
        values["phone"] = read_phone(values["phone"]) or values["phone"]
    # Mail was sent under this name until now.
    if "mail_name" not in values and (name := parseaddr(settings.MAIL_FROM)[0]):
        values["mail_name"] = name
        said.append("the name in MAIL_FROM")
    if is_open and "zone" not in values:
        values["zone"] = settings.ZONE_WITHOUT_DATABASE
        said.append(f"{values['zone']}, the zone until now")
    for column, text in values.items():
        values[column] = text[: facts_model._meta.get_field(column).max_length]
    facts_model.objects.update_or_create(
        pk=1, defaults={**values, "opened_at": timezone.now() if is_open else None}
    )
    if said:
        print(f"  Copied into the clinic's facts: {', '.join(said)}.")
    if is_open:
        print("  Services or visits are in this database: the clinic counts as open.")


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0020_clinic_facts"),
        ("booking", "0015_provisional_bookings"),
    ]

    operations = [migrations.RunPython(copy, migrations.RunPython.noop)]
