"""The desk's calendar: one day of all clinicians or rooms, and one week."""
