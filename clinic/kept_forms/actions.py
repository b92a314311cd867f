"""Keep a form that was sent too late, give it back, and erase it.

Source: docs/decisions/0056-given-back-after-a-session.md.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from clinic.kept_forms.browser import last_person
from clinic.kept_forms.never_kept import is_kept, is_secret
from clinic.kept_forms.refilling import Typed
from clinic.models.kept_forms import KeptForm
from clinic.web.unattended import is_unattended

# Long enough to fetch a telephone and a code. Source: OWN.
LIFE = timedelta(minutes=30)
# Nobody fills in more forms at once; what is larger is no form of ours.
MOST_FORMS = 5
MOST_LETTERS = 200_000


def keep(request: HttpRequest) -> bool:
    """Keep what this form holds for the person whose session it was; return whether it was kept.

    Call it where a POST is refused because its session is over, and change nothing else. Signing
    in, passwords, codes and dates of birth that prove somebody are never kept.
    """
    match = request.resolver_match
    address = match.url_name if match and match.url_name else ""
    person, fields = last_person(request), typed_fields(request)
    if not person or is_unattended(request) or not is_kept(address, frozenset(request.POST)):
        return False
    if sum(len(value) for values in fields.values() for value in values) > MOST_LETTERS:
        return False
    content = {
        "pages": [page_of(request)],
        "action": request.path,
        "fields": list(fields.items()),
    }
    with transaction.atomic():
        KeptForm.objects.create(person=person, content=content, kept_at=timezone.now())
        of_hers = KeptForm.objects.filter(person=person).order_by("-kept_at")
        too_many = of_hers.values_list("pk", flat=True)[MOST_FORMS:]
        KeptForm.objects.filter(pk__in=list(too_many)).delete()
    vars(request)["has_kept_form"] = True
    return True


def typed_fields(request: HttpRequest) -> dict[str, list[str]]:
    """Return what was posted, by field, without secrets and without what is empty."""
    return {
        name: values
        for name, posted in request.POST.lists()
        if not is_secret(name) and any(values := [str(one) for one in posted])
    }


def page_of(request: HttpRequest) -> str:
    """Return the address of the page a form was filled in on, as far as the browser names it."""
    # The address of a POST may not be one that can be opened.
    came_from = urlsplit(request.headers.get("referer", ""))
    if not url_has_allowed_host_and_scheme(came_from.geturl(), {request.get_host()}):
        return request.get_full_path()
    return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path


def kept_for(persons: Collection[str], *, now: datetime) -> Sequence[KeptForm]:
    """Return the forms that are kept for this person, the latest first. One statement."""
    rows = KeptForm.objects.filter(person__in=persons, kept_at__gt=now - LIFE)
    return list(rows.order_by("-kept_at"))


def typed_in(row: KeptForm) -> Typed:
    """Return what a kept form holds. Opens sealed content: hand it to its owner alone."""
    return Typed(row.content["action"], dict(row.content["fields"]))


def is_of_page(row: KeptForm, path: str) -> bool:
    """Return whether the form is looked for on the page with this path."""
    return any(urlsplit(page).path == path for page in row.content["pages"])


def follow(row: KeptForm, address: str) -> None:
    """Note that a page of the form leads to another one, where it is looked for as well."""
    if address not in row.content["pages"]:
        row.content = {**row.content, "pages": [*row.content["pages"], address]}
        row.save(update_fields=["content"])


def erase_sent(persons: Collection[str], action: str, *, now: datetime) -> None:
    """Erase the forms kept for this person that were sent to `action`: she sent it again."""
    used = [row.pk for row in kept_for(persons, now=now) if row.content["action"] == action]
    KeptForm.objects.filter(pk__in=used).delete()


def erase_old_forms(*, now: datetime) -> int:
    """Erase what was kept for longer than LIFE; return how many forms."""
    erased, _ = KeptForm.objects.filter(kept_at__lte=now - LIFE).delete()
    return erased
