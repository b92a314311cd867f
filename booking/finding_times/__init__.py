"""Find free times for the desk: from a day on, in a part of the day, with one clinician."""
