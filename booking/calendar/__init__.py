"""The desk's calendar: a day of all clinicians, and the week."""
