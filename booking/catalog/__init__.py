"""Services, prices and terms: what the desk sets and what the price page says."""
