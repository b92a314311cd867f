"""Judge stored forms again by today's rules and report what differs."""
