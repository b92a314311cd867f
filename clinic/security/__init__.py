"""Access to views, private links, submission keys, rate limits and the check of all input."""
