"""Charts of scores from visit to visit."""
