"""The home page, the health pages, and what every page shows of the clinic."""
