"""Who waits for an earlier time, and offers of what became free."""
