"""What a package costs, what was paid, and what is refunded: the desk's package page."""
