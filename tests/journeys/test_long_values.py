"""Nothing typed hides a call: every staff page with the longest values, in a window and on paper.

On each page every word and every control lies in the window, in its cell, and behind no sideways
scroll.
"""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from django.urls import get_resolver, reverse
from playwright.sync_api import Page

from booking.models import Appointment, Enrollment
from booking.worklists.queries import LISTS
from clinic.checks import _patterns
from clinic.models.people import Patient, User
from intake.models import Concern, Intake
from intake.review.queue import Tab
from tests.cast import client_for
from tests.edges.crawling import crawl, kind_of
from tests.long_values import NOT_TYPED, TYPED, TYPED_AND_SEALED, make_long_clinic, text_columns
from tests.rounds import rounds

OpenPage = Callable[..., Page]

STAFF = {"manager", "clinician", "staff", "access admin", "manager or access admin"}
# Every page of staff, by who opens it here.
PAGES = {
    "manager": {
        *("desk_day", "desk_day_on", "desk_week", "desk_week_on", "desk_why", "reports"),
        *(
            "reports_of",
            "people",
            "person",
            "new_person",
            "audit_log",
            "export_everything",
            "match_list",
            "match",
        ),
        "mail_test",
        *("before_you_open", "clinic_facts", "clinic_zone", "about_backups", "usual_clinic"),
        *("holidays", "walk_through", "heard_from", "heard_from_sheet", "heard_from_change"),
        *("task_list", "task", "checkins_due", "front_desk_checkin", "desk_lists", "desk_list"),
        *("desk_mails", "desk_mail", "desk_waitlist", "desk_waitlist_add", "desk_patients"),
        *("desk_patient", "desk_new_patient", "desk_contact", "desk_intake", "desk_new"),
        *("desk_appointment", "desk_move", "desk_move_following", "desk_change_following"),
        *("desk_join", "desk_plan", "desk_plan_change", "desk_package", "desk_receipt"),
        *("desk_terms", "desk_change_terms", "desk_change_service", "desk_hours", "desk_close"),
        *("desk_add_service", "desk_add_package", "desk_package_terms"),
        *("desk_clinician_hours", "desk_clinician_close", "desk_clinician_open"),
        *("desk_clinician_week", "desk_clinician_abilities", "desk_clinician_close_extra"),
        *("desk_room_hours", "desk_room_change", "desk_room_close", "desk_room_open"),
        *("desk_room_week", "desk_room_close_extra", "desk_clinic_week", "match_pair"),
        *(
            "desk_note",
            "desk_emergency_contact",
            "desk_erase",
            "desk_record",
            "emergency_access",
            "emergency_accesses",
        ),
        *("reset_second_factor", "desk_unconfirmed", "desk_clock_law"),
        *("moving_in", "moving_in_run", "desk_moved_in"),
        *("desk_visit_money", "desk_visit_receipt", "desk_takings"),
    },
    "clinician": {
        *("review_queue", "review_case", "review_flag", "review_take_over", "review_day"),
        *("review_day_on", "visit_record", "task_list", "task", "concern", "checkins_due"),
        *("match_list", "hand_over", "rules_sign_off"),
        *("own_hours", "own_close", "own_open", "own_week", "own_close_extra", "own_feed"),
    },
}
# What staff post, and what only follows it.
POSTED = {
    *("desk_mark", "desk_cancel", "desk_undo_cancel", "desk_aside", "desk_keep", "desk_reminders"),
    "desk_visit_money_act",
    *("desk_package_act", "desk_plan_book", "desk_waitlist_remove", "desk_offer_take"),
    *("desk_let_go", "desk_confirm_visit", "open_clinic", "heard_from_usual"),
    *("desk_put_back", "desk_take_unchecked", "desk_keep_shown"),
    *("moving_in_words", "moving_in_start", "moving_in_undo", "moving_in_discard"),
    *("moving_in_choose", "desk_moved_in_done"),
    *("desk_offer_leave", "desk_retry_mail", "desk_reopen", "desk_clinician_reopen"),
    *("desk_let_mail_go", "desk_leave_mail_unsent"),
    *("desk_send_questions", "desk_send_visit_questions"),
    *("desk_send_again", "desk_send_confirmation", "desk_send_confirmations"),
    *("desk_room_reopen", "own_reopen", "count_as_first", "review_undo", "review_leave"),
    *("front_desk_emergency", "front_desk_done", "review_start"),
    *("task_attempt", "task_contact", "task_reopen", "task_take", "task_undo"),
}
# What leads on to a page, is a part of one, or a file.
NO_PAGES = {"desk_home", "review_next", "desk_beside", "calls_moved"} | {
    *("moving_in_template", "moving_in_progress"),
    *(
        "reports_csv",
        "desk_list_file",
        "desk_takings_file",
        "desk_mails_file",
        "case_fhir",
        "audit_log_file",
        "export_everything",
        "heard_from_qr",
    ),
}

# In CSS pixels: a telephone, a tablet, a desktop, and a sheet of letter paper within margins of
# half an inch.
PHONE, TABLET, DESKTOP, PAPER = 390, 768, 1280, 720
# In the suite each page is looked at on a telephone and in one other way, in turn.
WAYS = rounds(
    ((PHONE, TABLET), (PHONE, DESKTOP), (PHONE, PAPER)), ((PHONE, TABLET, DESKTOP, PAPER),)
)

OUTSIDE = """() => {
  const window_ = document.documentElement.clientWidth, found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > window_) found.push(`the page is ${wide} wide`);
  // Each question asks the parent first and is answered once: a long table has many cells.
  const once = ask => {
    const known = new Map();
    return one => {
      if (!known.has(one)) known.set(one, ask(one));
      return known.get(one);
    };
  };
  const isClipped = once(one => {
    if (!one) return false;
    const style = getComputedStyle(one);
    return style.clipPath !== "none" || style.clip !== "auto" || isClipped(one.parentElement);
  });
  const isShown = once(one =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !isClipped(one) && !one.closest(".skip, .trap, svg, option"));
  // What is left of the window within an element that may clip or scroll, and its ancestors.
  const within = once(one => {
    if (!one || one === document.body) return [0, window_];
    const [left, right] = within(one.parentElement);
    if (getComputedStyle(one).overflowX === "visible") return [left, right];
    const box = one.getBoundingClientRect();
    return [Math.max(left, box.left), Math.min(right, box.right)];
  });
  const place = one => within(one.parentElement);
  const judge = (words, boxes, [left, right], where) => {
    for (const box of boxes) {
      if (box.width && (box.left < left - 1 || box.right > right + 1)) {
        const from = Math.round(box.left), to = Math.round(box.right);
        found.push(`"${words.trim().slice(0, 24)}" ${from} to ${to}, outside of ${where}`);
        return;
      }
    }
  };
  for (const one of document.querySelectorAll("a, button, input, select, textarea, .chip")) {
    const words = one.id || one.textContent || one.name;
    if (isShown(one)) judge(words, one.getClientRects(), place(one), "the window");
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = new Range();
  while (texts.nextNode()) {
    const text = texts.currentNode, one = text.parentElement;
    // A card of the calendar is cut off on purpose: it is a link to the visit.
    if (!text.data.trim() || !isShown(one) || one.closest(".appt")) continue;
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()];
    judge(text.data, boxes, place(one), "the window");
    // Our own words are short, and stay whole.
    for (const word of text.data.matchAll(/(?<=^|\\s)\\p{L}{2,16}(?=[,.:;?]?(\\s|$))/gu)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
      if (lines.size > 1) found.push(`"${word[0]}" is broken`);
    }
    const cell = one.closest("td, th, li, dd, dt, .chip, .btn");
    if (!cell) continue;
    const box = cell.getBoundingClientRect();
    judge(text.data, boxes, [box.left, box.right], "its cell");
  }
  return found.slice(0, 4);
}"""


def test_every_text_column_is_known_to_be_typed_or_not() -> None:
    listed = [
        (model, name)
        for table in (TYPED, TYPED_AND_SEALED, NOT_TYPED)
        for model, names in table.items()
        for name in names
    ]
    assert sorted(text_columns()) == sorted(listed)


@cache
def staff_names() -> set[str]:
    """Return the names of all addresses that are for staff alone."""
    return {
        str(pattern.name)
        for pattern in _patterns(get_resolver())
        if getattr(pattern.callback, "audience", "") in STAFF
    }


def test_every_page_of_staff_is_opened_here() -> None:
    assert staff_names() == NO_PAGES.union(POSTED, *PAGES.values())


def starts_of(role: str) -> tuple[User, list[str]]:
    """Return somebody with this role, and where she starts: also what no link leads to."""
    if role == "clinician":
        case = Intake.objects.filter(claimed_by__isnull=False).earliest("started_at")
        user = User.objects.filter(clinician__isnull=False).earliest("pk")
        tabs = [f"/review/?tab={tab}" for tab in Tab.values]
        concern = Concern.objects.open().earliest("raised_at")
        shown = [reverse("concern", args=[concern.pk]), f"/review/{case.pk}/take-over/"]
        shown.append(reverse("hand_over", args=[case.patient_id]))
        return user, [*tabs, "/review/tasks/", reverse("rules_sign_off"), *shown]
    invited = Patient.objects.get(intakes=None, appointments=None)
    second = Appointment.objects.get(attention="check_in_due", overlap_reason__isnull=False)
    package = Enrollment.objects.filter(ended_at=None).earliest("enrolled_at")
    single = Appointment.objects.filter(price_cents__gt=0).earliest("starts_at")
    colleague = User.objects.filter(clinician__isnull=False).earliest("pk")
    return User.objects.get(is_manager=True), [
        "/desk/",
        reverse("usual_clinic"),
        reverse("moving_in"),
        reverse("desk_moved_in"),
        "/review/tasks/",
        "/review/tasks/?tab=closed",
        f"/desk/patient/{invited.pk}/",
        *(reverse("desk_list", args=[slug]) for slug in LISTS),
        reverse("desk_waitlist_add", args=[invited.pk, "evaluation"]),
        reverse("desk_note", args=[invited.pk]),
        # No link leads there from a row that has to be compared with another one first.
        reverse("desk_join", args=[invited.pk]),
        reverse("desk_move_following", args=[second.pk]),
        reverse("desk_change_following", args=[second.pk, 3]),
        *(reverse(name, args=[package.pk]) for name in ("desk_package", "desk_plan")),
        *(reverse(name, args=[single.pk]) for name in ("desk_visit_money", "desk_visit_receipt")),
        reverse("desk_takings"),
        reverse("reset_second_factor", args=[colleague.pk]),
    ]


# How many pages of a kind are followed: to some pages of clinicians only the second of one leads.
MOST = {"manager": rounds(1, 2), "clinician": 2}


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", PAGES)
def test_everything_on_the_pages_of_staff_is_in_the_window_and_on_the_paper(
    role: str, open_page: OpenPage, live_server: Any, settings: Any
) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    # On a busy machine the pages take longer than a proof of the sign-in is fresh.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    make_long_clinic()
    user, starts = starts_of(role)
    client = client_for(user)
    # One page of each kind that is not among the starts: all have the same long values.
    found = {page.kind: page.address for page in crawl(client, starts, MOST[role])}.values()
    addresses = [one for one in dict.fromkeys([*starts, *found]) if kind_of(one) in staff_names()]
    page = open_page((1280, 900))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([{**session, "url": live_server.url}])
    complaints: list[str] = []
    opened = set()
    for address, ways in zip(addresses, cycle(WAYS), strict=False):
        page.goto(address)
        opened.add(kind_of(page.url.removeprefix(live_server.url)))
        complaints += [f"{address} {one}" for one in outside(page, ways)]
    assert complaints == []
    assert sorted(PAGES[role] - opened) == []


def outside(page: Page, widths: Iterable[int]) -> Iterable[str]:
    """Yield what lies outside of the window or the paper, for each of these widths."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="print" if width == PAPER else "screen")
        for one in page.evaluate(OUTSIDE):
            yield f"{'on paper' if width == PAPER else f'at {width} px'}: {one}"
    page.emulate_media(media="screen")
