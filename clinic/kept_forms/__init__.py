"""Forms that were sent after their session had ended: kept, and given back after signing in."""
