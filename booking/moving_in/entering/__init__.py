"""Entering what was judged: patients, packages and visits in batches, and taking them back."""
