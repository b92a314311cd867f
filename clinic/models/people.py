"""Patients, clinicians, and the users who sign in: staff, and patients who used a code."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clinic.database.derived import DerivedCharField, derived_fields, with_derived
from clinic.identity.phones import MOST_STORED
from clinic.identity.same_person import NAME_KEY_LENGTH, email_key, name_key, phone_key


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create and return a user. Without a password one can sign in by a mailed code only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in.

    Roles are no groups: `is_manager` and `is_access_admin` are fields, and a clinician is a user
    with an active Clinician row.
    """

    email = models.EmailField(
        _("e-mail"),
        unique=True,
        error_messages={"unique": _("Somebody already signs in with this e-mail.")},
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_manager = models.BooleanField(default=False)
    # May manage users and their access, but never see patient data.
    is_access_admin = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)
    # Part of what each session is checked against: raising it ends every session of the user.
    session_epoch = models.PositiveIntegerField(default=0)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case")
        ]

    def __str__(self) -> str:
        return f"User #{self.pk}"

    def get_full_name(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the hash Django checks a session against. A new epoch changes it."""
        salt = "clinic.people.models.User.session"
        value = f"{self.password} {self.session_epoch}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self, *, but: str | None = None) -> None:
        """End every session of this user with its next request.

        The row of the sign-in whose id is `but` stays; its session goes on only if the caller gives
        it the hash of the new epoch.
        """
        rows = self.signed_in.filter(ended_at__isnull=True)
        rows = rows.exclude(pk=but) if but else rows
        rows.update(ended_at=timezone.now())
        User.objects.filter(pk=self.pk).update(session_epoch=F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])

    @property
    def clinician_or_none(self) -> "Clinician | None":
        """The active clinician that this user is, or None; read once per request."""
        if not hasattr(self, "_clinician"):
            self._clinician = Clinician.objects.filter(user=self, is_active=True).first()
        return self._clinician

    @property
    def is_clinician(self) -> bool:
        return self.clinician_or_none is not None

    @property
    def is_staff(self) -> bool:
        """Whether the user works at the clinic, in any role."""
        return self.is_manager or self.is_access_admin or self.is_clinician

    @property
    def role(self) -> str:
        """The role as the audit trail stores it: clinician, manager, admin or patient."""
        if self.is_clinician:
            return "clinician"
        if self.is_manager:
            return "manager"
        return "admin" if self.is_access_admin else "patient"


class Clinician(models.Model):
    """Somebody who treats patients. They need no user, as not every clinician signs in."""

    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="clinician"
    )
    name = models.CharField(_("name"), max_length=120)
    fits_pessaries = models.BooleanField(_("fits pessaries"), default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Clinician #{self.pk}"


class PatientQuerySet(models.QuerySet["Patient"]):
    def current(self) -> "PatientQuerySet":
        """Return the patients whose row was not merged into another."""
        return self.filter(merged_into__isnull=True)

    def erased(self) -> "PatientQuerySet":
        """Return the patients of whom everything was erased."""
        return self.filter(erased_at__isnull=False)

    def update(self, **values: Any) -> int:
        """Update the rows, and the keys of a name, phone or e-mail among the values.

        Raises TypeError for such a value that is no text: its key cannot be known.
        """
        for field in derived_fields(self.model):
            if field.source in values and field.name not in values:
                if not isinstance(values[field.source], str):
                    raise TypeError(f"{field.source} is updated with text only")
                values[field.name] = field.derived(values[field.source])
        return super().update(**values)

    def bulk_update(
        self, objs: Iterable["Patient"], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Update these fields of many rows, and the keys made from them."""
        rows, names = list(objs), with_derived(self.model, set(fields))
        for field in derived_fields(self.model):
            for row in rows:
                field.pre_save(row, add=False)
        return super().bulk_update(rows, sorted(names), batch_size=batch_size)


class Patient(models.Model):
    """A patient. Contact data is stored in clear (docs/security.md)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="patient"
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    # As RFC 3966 writes it, +17815550142;ext=42, or as a file had it (clinic/identity/phones.py).
    phone = models.CharField(_("phone"), max_length=MOST_STORED, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    # By these rows are found and compared. Every way of writing a row keeps them.
    name_key = DerivedCharField(max_length=NAME_KEY_LENGTH, source="name", derive=name_key)
    phone_key = DerivedCharField(max_length=40, source="phone", derive=phone_key)
    email_key = DerivedCharField(max_length=254, source="email", derive=email_key)
    # The language for which she needs an interpreter; empty if she needs none.
    interpreter = models.CharField(_("interpreter"), max_length=40, blank=True)
    # The e-mail or phone was known when this row was made: it may be a duplicate. Staff decide, or
    # a mailed code does.
    is_unmatched = models.BooleanField(default=False)
    # When somebody last proved to read the mail of `email`; null after a change of it.
    proven_at = models.DateTimeField(null=True, blank=True)
    # What a browser, a link, a feed or an offer was given to open this row holds the epoch of that
    # time. Raising it ends all of them.
    epoch = models.PositiveIntegerField(default=0)
    # How often the browser that made the row changed its e-mail before the mailbox was proven.
    own_email_changes = models.PositiveSmallIntegerField(default=0)
    # When the reader of its mailbox said that she did not send the forms on this row.
    disowned_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    mail_bounced_at = models.DateTimeField(null=True, blank=True)
    no_reminders_since = models.DateTimeField(null=True, blank=True)
    # When all of her was erased, or all but the record that the law asks for.
    erased_at = models.DateTimeField(null=True, blank=True)
    contact_erased_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["email_key"], name="patient_email"),
            models.Index(fields=["phone_key"], name="patient_phone"),
            models.Index(fields=["name_key"], name="patient_name"),
            models.Index(
                fields=["erased_at"], name="patient_erased", condition=Q(erased_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="patient_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return f"Patient {str(self.pk)[:8]}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Save the row; with `update_fields`, also the keys made from those fields."""
        if update_fields is not None:
            update_fields = with_derived(Patient, set(update_fields))
        super().save(*args, update_fields=update_fields, **options)

    @property
    def home(self) -> "Patient":
        """The row this one was merged into, or itself."""
        return self.merged_into or self

    @property
    def takes_mail(self) -> bool:
        """Whether there is an address of hers, and no mail to it was refused."""
        return bool(self.email) and self.mail_bounced_at is None and self.disowned_at is None

    @property
    def short_name(self) -> str:
        """First name and last initial, as staff calendars show it: "Maya O."."""
        first, *rest = self.name.split() or [""]
        return f"{first} {rest[-1][0]}." if rest else first
