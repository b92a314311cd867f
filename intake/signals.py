"""What intake does when somebody signs in. Imported when the app is ready."""

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from clinic.audit.context import context_of
from clinic.models.people import User
from intake.duplicates.merge import merge_after_code


@receiver(user_logged_in)
def merge_own_rows(request: HttpRequest, user: User, **kwargs: object) -> None:
    """Merge the rows of a patient who has signed in: same e-mail and same date of birth."""
    # The mailed code has proved the address.
    if not user.is_staff:
        merge_after_code(user=user, context=context_of(request))
