"""How signing in fits this clinic: nobody signs up, codes are for patients."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Staff sign in by password and second factor, patients by a six-digit mailed code."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
