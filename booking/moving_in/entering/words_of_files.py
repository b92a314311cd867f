"""What a file calls services, clinicians and packages, and what that is here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from booking.models import PackageVersion, Service
from clinic.identity.names import folded_name
from clinic.models.people import Clinician

# In place of a service: whichever visit of her package comes next.
NEXT = "*next"
SERVICES, CLINICIANS, PACKAGES = "services", "clinicians", "packages"
# By kind and word: the code of a service, the id of a clinician or of a version; "" for nothing.
Words = Mapping[str, Mapping[str, str]]
# So many words of one kind are asked about at most: more is another column than we think, and no
# form may have more than 400 fields.
MOST_WORDS = 120


def guessed_words(
    services: Iterable[str], clinicians: Iterable[str], packages: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Return each word of the file with what has the same name here, "" for nothing."""
    by_name = {folded_name(one.name): one.code for one in Service.objects.all()}
    by_name |= {folded_name(one.code): one.code for one in Service.objects.all()}
    people = {folded_name(one.name): str(one.pk) for one in Clinician.objects.all()}
    versions = {folded_name(one.name): str(one.pk) for one in PackageVersion.objects.all()}
    return {
        SERVICES: _guess(services, by_name),
        CLINICIANS: _guess(clinicians, people),
        PACKAGES: _guess(packages, versions),
    }


def _guess(words: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    return {one: known.get(folded_name(one), "") for one in sorted(words)[:MOST_WORDS]}


@dataclass(frozen=True)
class Meanings:
    """What the words of a run mean, as rows. A word that nobody explained has none."""

    services: Mapping[str, Service | str]
    clinicians: Mapping[str, Clinician]
    packages: Mapping[str, PackageVersion]


def meanings_of(words: Any) -> Meanings:
    """Return what these words mean. Three statements."""
    said = cast("Words", words or {})
    services = {one.code: one for one in Service.objects.prefetch_related("clinicians")}
    people = {str(one.pk): one for one in Clinician.objects.all()}
    versions = {
        str(one.pk): one for one in PackageVersion.objects.filter(price_cents__isnull=False)
    }
    found: dict[str, Service | str] = {}
    for word, code in said.get(SERVICES, {}).items():
        if code == NEXT:
            found[word] = NEXT
        elif code in services:
            found[word] = services[code]
    return Meanings(
        found,
        {w: people[key] for w, key in said.get(CLINICIANS, {}).items() if key in people},
        {w: versions[key] for w, key in said.get(PACKAGES, {}).items() if key in versions},
    )


def choices_of(kind: str) -> list[tuple[str, Any]]:
    """Return what a word of this kind can mean, as the key that is stored and its name here."""
    if kind == SERVICES:
        return [(one.code, one.name) for one in Service.objects.all()]
    if kind == CLINICIANS:
        return [(str(one.pk), one.name) for one in Clinician.objects.order_by("name")]
    priced = PackageVersion.objects.filter(price_cents__isnull=False).order_by("package", "-number")
    return [(str(one.pk), f"{one.name} ({one.visit_count}, {one.number})") for one in priced]
