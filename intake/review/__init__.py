"""The review of intakes: queue, case page, claims, decisions and undoing them."""
