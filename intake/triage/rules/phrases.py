"""Conditions that several rules share."""

# mypy: disallow-any-explicit

from intake.questionnaire.conditions import any_of, has, lacks, weeks

# RUNS and DOES_NOT_RUN are not opposites: without an answer neither holds.
RUNS = any_of("bg.running", "walk_run", "running")

DOES_NOT_RUN = any_of("bg.running", "new", "paused")

LEAKS_URINE = any_of("leak.when", "cough", "impact", "lift", "urge", "no_reason")

# By 12 weeks most people who do not breastfeed have a period (sources S22 and S21).
NO_PERIOD = (
    has("bg.bleeding", "none")
    & lacks("bg.now", "breastfeeding")
    & lacks("bg.now", "pregnant")
    & weeks(12)
)
