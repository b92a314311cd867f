"""Signing in and out, sessions and their limits."""
