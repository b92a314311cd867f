"""The home page, health, and what every page shows of the clinic."""
