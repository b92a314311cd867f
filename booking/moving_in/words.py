"""The sentences for what is judged about a row, and for a file that cannot be taken."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# By the code of a row.
REASONS: dict[str, Any] = {
    "torn": _("It has fewer or more cells than the first line: look for a comma or a line break."),
    "no_name": _("No name."),
    "name": _("The name has no letter, or is longer than 120."),
    "birth_date": _("The date of birth cannot be read, or is impossible."),
    "email": _("This is no e-mail address."),
    "money": _("The amount cannot be read: write it like 1,140.00."),
    "when": _("Date or time cannot be read: write them like 2027-02-09 and 9:30."),
    "far_ahead": _("More than three years ahead: check the year."),
    "no_such_time": _("The clock skips this hour on that day."),
    "series": _("It stands for several visits: enter them one by one."),
    "sold_on": _("The day of sale is missing, cannot be read, or lies ahead."),
    "expires_on": _("The last day cannot be read."),
    "gave_birth_on": _("The day she gave birth is missing, cannot be read, or lies ahead."),
    "used_without_dates": _("Write the date of each visit used, as many as “visits_used” says."),
    "used_when": _("The dates of the visits used are not in order, or not since the sale."),
    "two_packages": _("She has another package in this file. One at a time."),
    "number_twice": _("Two people have this number in the file of patients."),
    "patient_refused": _("Her row among the patients was refused. Correct that one first."),
    "no_patient": _("No patient in the file or here is like this."),
    "who": _("Several patients are like this, or one is in part."),
    "like_known": _("A patient here is like her in part. Who is she?"),
    "like_line": _("An earlier row of the file is like her in part. Who is she?"),
    "twice_in_file": _("The same as an earlier row of the file."),
    "booked_already": _("This visit is booked already."),
    "has_package": _("She has a package under way here."),
    "chosen": _("Somebody chose."),
    "cancelled": _("Cancelled or missed there."),
    "past": _("It is over."),
    "expired": _("Its last day is over."),
    "nobody": _("No patient: a meeting or a block of time."),
    "patient_waits": _("It is not clear who she is."),
    "hour_twice": _("The clock shows this hour twice on that day."),
    "no_service_here": _("Nobody said which visit of ours this is."),
    "no_package_here": _("Nobody said which package of ours this is."),
    "no_clinician": _("Nobody said which clinician this is."),
    "no_room": _("No room is free and open at this time."),
    "patient_busy": _("She has another visit at this time."),
    "clinician_busy": _("The clinician has another visit at this time."),
    "just_taken": _("The time is taken."),
    "outside_hours": _("Outside of the clinician’s hours."),
    "closed": _("The clinic is closed, or the clinician is away."),
    "clinician_inactive": _("The clinician does not work here any more."),
    "does_not_do_service": _("The clinician does not do this visit."),
    "gone": _("Her record was erased or joined with another."),
    "stopped": _("An answer of hers stops booking until somebody has spoken with her."),
    "one_ahead": _("She has an evaluation ahead already."),
    "no_package": _("It is a visit of a package, and she has none here."),
    "no_visits_left": _("All visits of her package are used or booked."),
    "visit_not_next": _("It is not the next visit of her package."),
    "used_up": _("All its visits are used."),
    "other_last_day": _("Its last day here is another one than in the file: look at the package."),
    "used_since": _("It was used or changed since."),
    "in_books": _("Taken back in the books, which keep that it was there."),
    "taken_back": _("The import was taken back."),
}

# By the code of a file; `%(found)s` is what was found or is missing.
FILES: dict[str, Any] = {
    "other_kind": _(
        "This is no CSV file. Open it in a spreadsheet and save it as “CSV UTF-8”, then send that."
    ),
    "empty": _("This file is empty."),
    "no_rows": _("This file has a line of names and no row below it."),
    "name_twice": _("Two columns are called “%(found)s”. Rename one of them."),
    "too_wide": _("This file has more than 1,000 columns. Is it the right one?"),
    "too_long": _("A file has at most 60,000 rows. Part it, and send one after the other."),
    "quotes": _("A quotation mark is opened and never closed, or a cell is far too long."),
    "no_format": _("These columns are missing: %(found)s. Take our template, or another format."),
}

# By the code of `NotNow`.
NOT_NOW: dict[str, Any] = {
    "changed": _("This was changed since you opened the page. Here is how it stands."),
    "another": _("Another import is under way. Start this one when that has ended."),
    "day_over": _("The day in which it could be taken back is over."),
}


def reason_words(code: str) -> Any:
    """Return the sentence for the code of a row, the code itself for one that has none."""
    return REASONS.get(code, code)
