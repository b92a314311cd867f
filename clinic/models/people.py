"""The three people: patient, clinician, practice manager, and how each is known to the system."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who can sign in; without a password, by mailed code only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in. Roles are facts, not groups: manager here, clinician by its row."""

    email = models.EmailField(
        _("e-mail"),
        unique=True,
        error_messages={"unique": _("Somebody already signs in with this e-mail.")},
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_manager = models.BooleanField(default=False)
    # Access to users and keys only; never to patient data.
    is_access_admin = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)
    # Raised to end every session of this person; part of what each session is checked against.
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
        """Extend Django's check of a session, so that the epoch ends it like a new password."""
        salt = "clinic.people.models.User.session"
        value = f"{self.password} {self.session_epoch}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """Let every session of this person end with its next request."""
        User.objects.filter(pk=self.pk).update(session_epoch=F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])

    @property
    def clinician_or_none(self) -> "Clinician | None":
        """The active clinician this person is, if any; read once per request."""
        if not hasattr(self, "_clinician"):
            self._clinician = Clinician.objects.filter(user=self, is_active=True).first()
        return self._clinician

    @property
    def is_clinician(self) -> bool:
        return self.clinician_or_none is not None

    @property
    def is_staff(self) -> bool:
        """Anybody who works at the clinic, whatever they do there."""
        return self.is_manager or self.is_access_admin or self.is_clinician

    @property
    def role(self) -> str:
        """The word the audit keeps: clinician, manager, admin or patient."""
        if self.is_clinician:
            return "clinician"
        if self.is_manager:
            return "manager"
        return "admin" if self.is_access_admin else "patient"


class Clinician(models.Model):
    """Somebody who treats patients, whether or not they can sign in."""

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
        """Patients whose row was not joined to another."""
        return self.filter(merged_into__isnull=True)


class Patient(models.Model):
    """Somebody who gave contact details. Contact data stays in clear columns (docs/security.md)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="patient"
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    # The language in which she needs an interpreter; empty: none.
    interpreter = models.CharField(_("interpreter"), max_length=40, blank=True)
    # The e-mail or phone was known already when this row came; staff or a mailed code match it.
    is_unmatched = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    mail_bounced_at = models.DateTimeField(null=True, blank=True)
    no_reminders_since = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(Lower("email"), name="patient_email"),
            models.Index(fields=["phone"], name="patient_phone"),
            models.Index(Lower("name"), name="patient_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="patient_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return f"Patient {str(self.pk)[:8]}"

    @property
    def home(self) -> "Patient":
        """The row this one was joined to, or itself."""
        return self.merged_into or self

    @property
    def takes_mail(self) -> bool:
        """Whether there is an address that has not refused a mail."""
        return bool(self.email) and self.mail_bounced_at is None

    @property
    def short_name(self) -> str:
        """First name and initial, as staff calendars show it: "Maya O."."""
        first, *rest = self.name.split() or [""]
        return f"{first} {rest[-1][0]}." if rest else first
