"""The model of a sign-off: a clinician answers for one version of the clinical rules."""

from django.db import models

from clinic.database.append_only import AppendOnly
from clinic.models.people import Clinician


class RulesSignOff(models.Model):
    """A clinician's signature under one version of the rules; rows are only added."""

    rules_version = models.CharField(max_length=20)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="sign_offs")
    # As signed: neither follows a later change of the clinician's row.
    name = models.CharField(max_length=120)
    license_number = models.CharField(max_length=60)
    signed_on = models.DateField()
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(license_number=""),
                name="rules_sign_off_by_somebody",
            ),
            AppendOnly(name="rules_sign_off_append_only"),
        ]

    def __str__(self) -> str:
        return f"Sign-off #{self.pk} of rules {self.rules_version}"
