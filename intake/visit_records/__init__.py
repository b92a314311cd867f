"""The record of a visit: tests, readiness to run, walk-run stage and home plan."""
