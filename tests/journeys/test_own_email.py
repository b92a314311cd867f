"""In a browser without scripts: she asks for another e-mail, and both mailboxes say yes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from tests.cast import client_for, make_cast
from tests.intake.own_email.changing import NEW, OLD, PAGE, email_of, links_mailed_to

pytestmark = pytest.mark.django_db(transaction=True)


def test_she_changes_her_e_mail_without_scripts_and_with_double_clicks(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    cache.clear()
    cast = make_cast()
    Patient.objects.update(proven_at=timezone.now())
    hers = open_page(java_script_enabled=False)
    key = client_for(cast.patient.user).cookies["sessionid"].value
    hers.context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])
    hers.goto(PAGE)
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        hers.get_by_label(part).fill(value)
    hers.get_by_role("button", name="Go on").click()
    hers.get_by_label("Your new e-mail").fill(NEW)
    hers.get_by_role("button", name="Send the two mails").dblclick()
    expect(hers.get_by_text("Not yet")).to_have_count(2)
    for link in (links_mailed_to(NEW)[0], links_mailed_to(OLD)[0]):
        mailbox = open_page(java_script_enabled=False)
        mailbox.goto(link)
        assert email_of(cast) == OLD
        mailbox.get_by_role("link", name="Go on").click()
        mailbox.get_by_role("button", name="Yes, change it").dblclick()
        expect(mailbox.get_by_role("button", name="Yes, change it")).to_have_count(0)
    expect(mailbox.get_by_role("heading", name="The e-mail is changed")).to_be_visible()
    assert email_of(cast) == NEW
    assert AuditEvent.objects.filter(action="change own e-mail").count() == 1
    hers.goto(PAGE)
    assert "/accounts/login/code/" in hers.url
