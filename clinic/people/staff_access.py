"""Give, change and take away the access of staff. Nothing else does."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.models.people import Clinician, User
from clinic.people.sample_people import is_loaded
from clinic.sign_in.notices import owe_notice, owe_password_link


class AccessRefused(Exception):
    """Access was not changed. `sentence` says why, for the page."""

    def __init__(self, sentence: object) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


SAMPLE = _("This is the sample clinic: no real person can be added. Remove the sample first.")
NO_ROLE = _("Somebody with access has at least one role.")
KNOWN = _("Somebody already signs in with this e-mail.")
NOTHING_TO_RESET = _("This person has no app and no passkey: nothing was changed.")
YOURSELF = _("Somebody else has to change your own access.")


@dataclass(frozen=True)
class Roles:
    """The roles of one member of staff; there may be more than one."""

    is_manager: bool = False
    is_clinician: bool = False
    is_access_admin: bool = False

    def __str__(self) -> str:
        names = ("manager", "clinician", "access admin")
        flags = (self.is_manager, self.is_clinician, self.is_access_admin)
        return ", ".join(name for name, has in zip(names, flags, strict=True) if has)


def people_with_access() -> QuerySet[User]:
    """Return all staff, also those whose sign-in is closed. Patients are not among them."""
    roles = Q(is_manager=True) | Q(is_access_admin=True) | Q(clinician__isnull=False)
    return User.objects.filter(roles).select_related("clinician").order_by("name", "email")


def roles_of(user: User) -> Roles:
    """Return the roles of this user."""
    return Roles(user.is_manager, user.is_clinician, user.is_access_admin)


@transaction.atomic
def add_person(*, email: str, name: str, roles: Roles, actor: Actor) -> User:
    """Add a member of staff, without a password yet. Raises AccessRefused."""
    if is_loaded():
        raise AccessRefused(SAMPLE)
    if not str(roles):  # empty without a role
        raise AccessRefused(NO_ROLE)
    if User.objects.filter(email=email.strip().lower()).exists():
        raise AccessRefused(KNOWN)
    user = User.objects.create_user(
        email, name=name, is_manager=roles.is_manager, is_access_admin=roles.is_access_admin
    )
    if roles.is_clinician:
        _become_clinician(user)
    record(actor, "give access", user, reason=str(roles))
    return user


@transaction.atomic
def change_person(*, user_id: int, roles: Roles, is_active: bool, by: User, actor: Actor) -> User:
    """Set the roles and whether the person may sign in; end all sessions of the person.

    `by` must be somebody else. A clinician who loses the role stays in the calendar without a
    sign-in. Raises AccessRefused and User.DoesNotExist.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    # Nobody can lock themselves out or give themselves a role.
    if user.pk == by.pk:
        raise AccessRefused(YOURSELF)
    if not str(roles):
        raise AccessRefused(NO_ROLE)
    user.is_manager, user.is_access_admin = roles.is_manager, roles.is_access_admin
    user.is_active = is_active
    user.save(update_fields=["is_manager", "is_access_admin", "is_active"])
    if roles.is_clinician and not user.is_clinician:
        _become_clinician(user)
    if not roles.is_clinician:
        # The row stays: visits refer to it.
        Clinician.objects.filter(user=user).update(user=None)
    user.end_sessions()
    user.known_browsers.all().delete()
    record(actor, "change access", user, reason=str(roles) if is_active else "closed")
    return user


@transaction.atomic
def end_sessions_of(*, user_id: int, context: Context) -> None:
    """Sign a member of staff out everywhere. Raises User.DoesNotExist."""
    user = people_with_access().select_for_update(of=("self",)).get(pk=user_id)
    user.end_sessions()
    record(context.actor, "end sessions", user)


@transaction.atomic
def mail_password_link(*, user_id: int, context: Context) -> None:
    """Mail a member of staff a link to choose a password. Raises User.DoesNotExist."""
    user = people_with_access().get(pk=user_id)
    owe_password_link(user, now=context.now)
    record(context.actor, "mail password link", user)


@transaction.atomic
def reset_second_factor(*, user_id: int, reason: str, by: User, context: Context) -> None:
    """Take away the app, the passkeys and the recovery codes of a colleague who lost them.

    All sessions of the person end, and the person is told by mail. The next sign-in, with the
    password alone, opens only the pages on which another app or passkey is set up. Raises
    AccessRefused and User.DoesNotExist.
    """
    user = people_with_access().select_for_update(of=("self",)).get(pk=user_id)
    # Whoever has only somebody's open session must not get rid of the second factor with it.
    if user.pk == by.pk:
        raise AccessRefused(YOURSELF)
    _take_away_factors(user, reason, context)


@transaction.atomic
def reset_sign_in(*, email: str, reason: str, context: Context) -> User:
    """Do the same for whoever runs the server, when nobody else gives access; return the user.

    Raises AccessRefused, and User.DoesNotExist if no member of staff has this e-mail.
    """
    user = people_with_access().select_for_update(of=("self",)).get(email=email.strip().lower())
    _take_away_factors(user, reason, context)
    return user


def _take_away_factors(user: User, reason: str, context: Context) -> None:
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise AccessRefused(NOTHING_TO_RESET)
    user.end_sessions()
    owe_notice("second_factor_reset", user)
    record(context.actor, "reset second factor", user, words=reason)


def _become_clinician(user: User) -> None:
    """Connect the user with her clinician row, one of her name without a sign-in, or a new one."""
    own = Clinician.objects.filter(Q(user=user) | Q(user=None, name=user.name)).first()
    if own is None:
        Clinician.objects.create(user=user, name=user.name)
        return
    own.user, own.is_active = user, True
    own.save(update_fields=["user", "is_active"])
