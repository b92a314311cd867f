"""What a clinician records at a visit: tests, readiness, walk-run stage, home plan."""
