"""Passkeys: adding, removing, signing in with one, and proving it again."""
