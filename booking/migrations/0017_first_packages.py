"""Turn the visits and the terms of a clinic into versions of Run Ready, its first package.

Each change of price, validity or refund becomes a version, so every enrollment finds the one that
it was bought in. A clinic without services finds its first offer after the migration.
"""

from django.db import migrations
from django.db.models import F
from django.utils import timezone

# The six visits of Run Ready before packages were rows: name, minutes, fewest and most days after
# the visit before. Numbers and steps were the same.
VISITS = (
    ("Full evaluation", 90, 0, None),
    ("Strength base", 60, 7, 14),
    ("Load and impact tests", 60, 7, 14),
    ("First runs and form", 60, 7, 14),
    ("Build", 60, 14, 21),
    ("Graduate", 60, 14, 28),
)
# What was in force while no terms had been stored: price, days, refund.
UNSTORED = (114_000, 180, 19_000)


def set_kinds(apps, schema_editor):
    service = apps.get_model("booking", "Service")
    numbered = service.objects.filter(visit_number__isnull=False)
    numbered.update(kind="package_visit", price_cents=None)
    # Until now a service without a price was booked as one that costs nothing.
    service.objects.filter(kind="evaluation", price_cents=None).update(price_cents=0)


def make_versions(apps, schema_editor):
    service = apps.get_model("booking", "Service")
    if not service.objects.exists():
        return
    enrollment = apps.get_model("booking", "Enrollment")
    services = _visit_services(service)
    # As before: it can be bought if all its visits can be booked.
    package = apps.get_model("booking", "Package").objects.create(
        is_offered=all(one.is_active for one in services)
    )
    for number, run in enumerate(_runs(apps.get_model("booking", "Policy")), start=1):
        version = _version(apps, package, number, run, services)
        enrollment.objects.filter(policy__in=run["policies"]).update(version=version)
    visits = apps.get_model("booking", "Appointment").objects.filter(visit_number__isnull=False)
    visits.update(step=F("visit_number"))


def _visit_services(service):
    """Return the service of each of the six visits; one that is missing is made, not bookable."""
    there = {one.visit_number: one for one in service.objects.filter(kind="package_visit")}
    return [
        there.get(number)
        or service.objects.create(
            code=f"run-ready-{number}",
            name=name,
            minutes=minutes,
            kind="package_visit",
            visit_number=number,
            is_active=False,
        )
        for number, (name, minutes, _least, _most) in enumerate(VISITS, start=1)
    ]


def _runs(policy):
    """Return the stretches in which price, validity and refund stayed the same, oldest first."""
    runs = []
    for row in policy.objects.order_by("pk"):
        terms = (row.package_price_cents, row.package_validity_days, row.unused_visit_refund_cents)
        if not runs or runs[-1]["terms"] != terms:
            runs.append({"terms": terms, "policies": [], "since": row.in_force_from, "by": row.by})
        runs[-1]["policies"].append(row)
    return runs or [{"terms": UNSTORED, "policies": [], "since": timezone.now(), "by": None}]


def _version(apps, package, number, run, services):
    price, days, refund = run["terms"]
    version = apps.get_model("booking", "PackageVersion").objects.create(
        package=package,
        number=number,
        name="Run Ready",
        visit_count=len(VISITS),
        price_cents=price,
        validity_days=days,
        unused_visit_refund_cents=refund,
        in_force_from=run["since"],
        by=run["by"],
    )
    visit = apps.get_model("booking", "PackageVisit")
    visit.objects.bulk_create(
        visit(
            version=version,
            number=at,
            service=service,
            step=at,
            least_days=least,
            most_days=most,
        )
        for at, (service, (_name, _minutes, least, most)) in enumerate(
            zip(services, VISITS, strict=True), start=1
        )
    )
    return version


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0016_packages_as_rows"),
    ]

    operations = [
        migrations.RunPython(set_kinds, migrations.RunPython.noop),
        migrations.RunPython(make_versions, migrations.RunPython.noop),
    ]
