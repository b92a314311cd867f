"""What intake does when somebody signs in. Imported when the app is ready."""

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from clinic.models.people import Patient, User
from clinic.security.access import ROWS_TO_ASK
from intake.duplicates.own_rows import unclaimed_rows


@receiver(user_logged_in)
def note_rows_to_ask(request: HttpRequest, user: User, **kwargs: object) -> None:
    """Note that a patient is to be asked about rows with her e-mail and date of birth, if any."""
    own = None if user.is_staff else Patient.objects.current().filter(user=user).first()
    # Who has no row yet is asked on every page of hers.
    if own is not None and unclaimed_rows(user).filter(born_on=own.born_on).exists():
        request.session[ROWS_TO_ASK] = True
