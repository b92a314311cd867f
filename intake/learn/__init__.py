"""Short pages for everybody about symptoms, running again, and visits."""
