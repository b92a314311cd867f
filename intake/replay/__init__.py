"""Judge stored forms again by the current rules and report what differs."""
