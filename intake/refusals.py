"""Reasons for which intake's actions refuse something, in words a person can act on."""

from booking.reasons import Reason, msg

SAME_ROW = Reason("same_row", msg("Choose the other row of this person."))
MERGED_ALREADY = Reason(
    "joined_already", msg("One of the two was merged into another row already.")
)
COMPARE_THIRD_FIRST = Reason(
    "compare_third_first",
    msg(
        "A third record may be hers too, and would not be found any more: its name, date of birth, "
        "phone or e-mail agrees with the row that goes. Compare it first, or keep the other row."
    ),
)
NEEDS_WHY = Reason("needs_why", msg("They differ. Write down why they are one person."))
CHANGED_MEANWHILE = Reason(
    "changed_meanwhile", msg("Something was booked at this very moment. Please look and try again.")
)
