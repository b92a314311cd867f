"""Reasons for which intake's actions refuse something, in words a person can act on."""

from booking.reasons import Reason, msg

SAME_ROW = Reason("same_row", msg("Choose the other row of this person."))
MERGED_ALREADY = Reason(
    "joined_already", msg("One of the two was merged into another row already.")
)
NEEDS_WHY = Reason("needs_why", msg("They differ. Write down why they are one person."))
CHANGED_MEANWHILE = Reason(
    "changed_meanwhile", msg("Something was booked at this very moment. Please look and try again.")
)
