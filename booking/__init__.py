"""When she comes: services, availability, appointments, packages. Knows nothing of intakes."""
