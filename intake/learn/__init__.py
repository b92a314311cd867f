"""Short pages to read about symptoms."""
