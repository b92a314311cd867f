"""Services, free times, appointments and packages. This app knows nothing of intakes."""
