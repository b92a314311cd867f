"""What models stand on: triggers, append-only rows, sealed fields, retries, the clock."""
