"""The review: queue, case, decision, claim and undo."""
