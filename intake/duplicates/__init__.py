"""Finding and merging rows of one person."""
