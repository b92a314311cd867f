"""The search for free times, from intervals of seconds up to the days and times on a page."""
