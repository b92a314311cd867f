"""What a clinic finds on its price list before anybody has entered anything.

The evaluation, the visits of Run Ready and Run Ready itself, none of which can be booked: the
practice manager sets the prices first.
"""

from typing import Any

from django.apps import apps as apps_of_now
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from booking.catalog.protocol import EVALUATION_MINUTES, STEPS

# The code of the first evaluation, in addresses.
FIRST_EVALUATION = "evaluation"


def make_first_offer(
    *, apps: Apps = apps_of_now, using: str = DEFAULT_DB_ALIAS, **_signal: Any
) -> None:
    """Enter the first offer if there is no service yet; called after each `migrate` and `flush`."""
    try:
        version_model = apps.get_model("booking", "PackageVersion")
    except LookupError:
        return  # migrated back to a time before packages were rows
    service_model = apps.get_model("booking", "Service")
    if service_model.objects.using(using).exists():
        return
    service_model.objects.using(using).create(
        code=FIRST_EVALUATION,
        name="Evaluation",
        kind="evaluation",
        minutes=EVALUATION_MINUTES,
        is_active=False,
    )
    make_run_ready(apps, using, version_model)


def make_run_ready(apps: Apps, using: str, version_model: Any) -> None:
    """Enter Run Ready without a price, and its visits, which it makes bookable once offered."""
    services = [
        apps.get_model("booking", "Service")
        .objects.using(using)
        .create(code=f"rr{number}", name=step.name, kind="package_visit", minutes=step.minutes)
        for number, step in enumerate(STEPS, start=1)
    ]
    version = version_model.objects.using(using).create(
        package=apps.get_model("booking", "Package").objects.using(using).create(),
        number=1,
        name="Run Ready",
        visit_count=len(STEPS),
        in_force_from=timezone.now(),
    )
    apps.get_model("booking", "PackageVisit").objects.using(using).bulk_create(
        apps.get_model("booking", "PackageVisit")(
            version=version,
            number=number,
            service=service,
            step=step.rule.step,
            least_days=step.rule.least_days,
            most_days=step.rule.most_days,
        )
        for number, (step, service) in enumerate(zip(STEPS, services, strict=True), start=1)
    )
