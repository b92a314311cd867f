"""The desk's form for a package: its terms, and its visits in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalog.actions import PackageTerms
from booking.catalog.amounts import dollar_field, in_cents, in_dollars, whole_field
from booking.catalog.protocol import VisitRule
from booking.models import PackageVersion, Service
from booking.models.catalog import (
    FEWEST_VISITS,
    FIRST_STEP,
    LAST_STEP,
    MOST_PARTS,
    MOST_VISITS,
)
from clinic.web.form_layout import TextLine, Tick, laid_out

# Longer than any gap between two visits that a clinic plans.
_MOST_DAYS = 180
_TERMS = (
    "name", "price", "unused_visit_refund", "validity_days", "payment_parts",
)  # fmt: skip


@dataclass(frozen=True)
class VisitRow:
    """The fields of one visit on the form."""

    number: int
    service: forms.BoundField
    step: forms.BoundField
    least: forms.BoundField
    most: forms.BoundField

    @property
    def fields(self) -> tuple[forms.BoundField, ...]:
        return self.service, self.step, self.least, self.most


class PackageForm(forms.Form):
    """A package as it is sold from now on.

    `seen` is the id of the version that the form was filled with, empty for a new package. A visit
    without a service is none.
    """

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter a name")}
    )
    price = dollar_field(_("Price in dollars"))
    unused_visit_refund = dollar_field(_("Paid back for an unused visit, in dollars"))
    validity_days = whole_field(_("Length, in days from its first visit"), 7, 730)
    payment_parts = whole_field(_("It can be paid in this many parts"), 1, MOST_PARTS)
    is_offered = forms.BooleanField(label=_("Can be bought"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        version: PackageVersion | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(version))
        used = [one.service_id for one in version.visits.all()] if version else []
        services = Service.objects.filter(
            Q(is_active=True) | Q(pk__in=used), kind=Service.Kind.PACKAGE_VISIT
        )
        choices = [("", _("No visit")), *((str(one.pk), one.name) for one in services)]
        self.names = {one.pk: one.name for one in services}
        steps = [("", "–"), *((str(n), f"V{n}") for n in range(FIRST_STEP, LAST_STEP + 1))]
        for n in range(1, MOST_VISITS + 1):
            self.fields[f"service_{n}"] = forms.ChoiceField(
                label=_("Visit %(n)s") % {"n": n}, choices=choices, required=False
            )
            self.fields[f"step_{n}"] = forms.ChoiceField(
                label=_("Step of visit %(n)s") % {"n": n}, choices=steps, required=False
            )
            for name, label in (
                ("least", _("Days before visit %(n)s, at least")),
                ("most", _("Days before visit %(n)s, at most")),
            ):
                self.fields[f"{name}_{n}"] = whole_field(
                    label % {"n": n}, 0, _MOST_DAYS, required=False
                )
        self.helper = laid_out(*(TextLine(name) for name in _TERMS), Tick("is_offered"))

    def visit_rows(self) -> Iterator[VisitRow]:
        """Yield the fields of each visit, in order."""
        for n in range(1, MOST_VISITS + 1):
            yield VisitRow(
                n, *(self[f"{name}_{n}"] for name in ("service", "step", "least", "most"))
            )

    def clean(self) -> dict[str, Any]:
        """Refuse visits that do not follow one another, and a refund above the price."""
        found: dict[str, Any] = super().clean() or {}
        visits = self._visits(found)
        if len(visits) < FEWEST_VISITS:
            self.add_error("service_1", _("A package has at least two visits"))
        price, refund = found.get("price"), found.get("unused_visit_refund")
        if price is not None and refund is not None and refund * len(visits) > price:
            self.add_error(
                "unused_visit_refund", _("All unused visits would be more than the price")
            )
        least, days = sum(rule.least_days for _pk, rule in visits), found.get("validity_days")
        if days is not None and days < least:
            text = _("These visits take at least %(days)s days")
            self.add_error("validity_days", ValidationError(text, params={"days": least}))
        found["visits"] = visits
        return found

    def _visits(self, found: Mapping[str, Any]) -> tuple[tuple[int, VisitRule], ...]:
        """Return the visits that have a service, in order, and note what is wrong with them."""
        visits: list[tuple[int, VisitRule]] = []
        before = FIRST_STEP
        for n in range(1, MOST_VISITS + 1):
            service = found.get(f"service_{n}")
            if not service:
                continue
            step = int(found.get(f"step_{n}") or 0)
            if not step:
                self.add_error(f"step_{n}", _("Choose a step"))
            elif not visits and step != FIRST_STEP:
                self.add_error(f"step_{n}", _("The first visit is step V1"))
            elif step < before:
                self.add_error(f"step_{n}", _("No step comes after a later one"))
            before = max(before, step)
            # The first visit counts from the day of buying.
            least = (found.get(f"least_{n}") or 0) if visits else 0
            most = found.get(f"most_{n}") if visits else None
            if most is not None and most < least:
                self.add_error(f"most_{n}", _("At most is less than at least"))
            visits.append((int(service), VisitRule(step, least, most)))
        return tuple(visits)

    def wanted(self) -> PackageTerms:
        """Return what the package says from now on; call it on a valid form only."""
        found = self.cleaned_data
        return PackageTerms(
            name=found["name"],
            price_cents=in_cents(found["price"]),
            validity_days=found["validity_days"],
            unused_visit_refund_cents=in_cents(found["unused_visit_refund"]),
            payment_parts=found["payment_parts"],
            visits=found["visits"],
        )

    def shown(self, visits: Sequence[tuple[int, VisitRule]]) -> list[tuple[int, str, VisitRule]]:
        """Return number, name of the service and rule of each visit."""
        return [
            (number, self.names.get(service, ""), rule)
            for number, (service, rule) in enumerate(visits, start=1)
        ]


def _initial(version: PackageVersion | None) -> dict[str, object]:
    """Return what the form shows at first: the version, or an empty package."""
    if version is None:
        return {"validity_days": 180, "payment_parts": 2, "is_offered": True, "seen": ""}
    found: dict[str, object] = {
        "name": version.name,
        "price": in_dollars(version.price_cents),
        "unused_visit_refund": in_dollars(version.unused_visit_refund_cents),
        "validity_days": version.validity_days,
        "payment_parts": version.payment_parts,
        "is_offered": version.package.is_offered or version.price_cents is None,
        "seen": str(version.pk),
    }
    for one in version.visits.all():
        found |= {
            f"service_{one.number}": str(one.service_id),
            f"step_{one.number}": str(one.step),
            f"least_{one.number}": one.least_days,
            f"most_{one.number}": one.most_days,
        }
    return found
