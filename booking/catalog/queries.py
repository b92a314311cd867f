"""What is sold now, what was sold before, and what is missing before anything can be sold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from booking.models import Enrollment, Package, PackageVersion, PackageVisit, Service

# What is missing for selling, by name; whoever lists it has the words.
OfferGap = Literal["evaluation", "package"]


def newest_versions() -> QuerySet[PackageVersion]:
    """Return the newest version of each package, with its visits, in the order of the packages."""
    newest = PackageVersion.objects.filter(package=OuterRef("package")).order_by("-number")
    found = PackageVersion.objects.filter(pk=Subquery(newest.values("pk")[:1]))
    return found.select_related("package").prefetch_related("visits__service").order_by("package")


def sold_versions() -> list[PackageVersion]:
    """Return the versions that can be bought now, with their visits."""
    return list(newest_versions().filter(package__is_offered=True, price_cents__isnull=False))


def sold_version(version_id: UUID | str) -> PackageVersion | None:
    """Return the version if it can be bought now, None if another one took its place.

    A text that is no id is the id of none.
    """
    return next((one for one in sold_versions() if str(one.pk) == str(version_id)), None)


def single_visits() -> list[Service]:
    """Return what can be booked for a price of its own now: evaluations, then follow-ups."""
    kinds = (Service.Kind.EVALUATION, Service.Kind.FOLLOW_UP)
    found = Service.objects.filter(kind__in=kinds, is_active=True)
    return sorted(found, key=lambda one: kinds.index(Service.Kind(one.kind)))


def kinds_sold() -> set[str]:
    """Return the kinds of service (Service.Kind) that are sold now, in one statement.

    Visits of packages are among them while a package can be bought.
    """
    singles = Service.objects.filter(is_active=True).exclude(kind=Service.Kind.PACKAGE_VISIT)
    visits = Service.objects.filter(
        pk__in=PackageVisit.objects.filter(version__package__is_offered=True).values("service")
    )
    return set((singles | visits).order_by().values_list("kind", flat=True).distinct())


def the_evaluation() -> Service | None:
    """Return the evaluation that patients are offered, None while none can be booked."""
    return next((one for one in single_visits() if one.kind == Service.Kind.EVALUATION), None)


@dataclass(frozen=True)
class PackageLine:
    """One package on the price list, in short: its version, and from how many to how many minutes.

    `names` are those of its visits, in order.
    """

    version: PackageVersion
    least_minutes: int
    most_minutes: int
    names: tuple[str, ...]


def lines_of(versions: Sequence[PackageVersion]) -> list[PackageLine]:
    """Return the line of each version; they come with their visits."""
    found = []
    for version in versions:
        services = [one.service for one in version.visits.all()]
        minutes = [one.minutes for one in services]
        names = tuple(one.name for one in services)
        found.append(PackageLine(version, min(minutes), max(minutes), names))
    return found


def packages_with(service: Service) -> list[str]:
    """Return the names of the packages, sold now or under way, that hold this service."""
    sold = [
        one.name
        for one in newest_versions().filter(package__is_offered=True)
        if any(visit.service_id == service.pk for visit in one.visits.all())
    ]
    live = Enrollment.objects.live().filter(version__visits__service=service)
    return sorted({*sold, *live.values_list("version__name", flat=True)})


def under_way(package: Package) -> list[tuple[PackageVersion, int]]:
    """Return the versions of a package that somebody has under way, each with how many have it."""
    counts = Counter(
        Enrollment.objects.live()
        .filter(version__package=package)
        .values_list("version_id", flat=True)
    )
    versions = PackageVersion.objects.filter(pk__in=counts).order_by("number")
    return [(one, counts[one.pk]) for one in versions]


def offer_gaps() -> list[OfferGap]:
    """Return what is missing for selling; empty when nothing is.

    "evaluation" while no evaluation has a price and can be booked, "package" while nobody has set
    the price of any package.
    """
    gaps: list[OfferGap] = []
    if the_evaluation() is None:
        gaps.append("evaluation")
    if not PackageVersion.objects.filter(price_cents__isnull=False).exists():
        gaps.append("package")
    return gaps
