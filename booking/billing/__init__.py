"""The desk's page of one package: payments, refunds, its last day, credits and its end."""
