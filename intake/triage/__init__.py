"""Rules, scores and levels: what a form means."""
