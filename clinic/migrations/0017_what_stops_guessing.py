import hashlib
import uuid

import django.db.models.deletion
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as ClearSessionStore
from django.db import migrations, models
from django.utils import timezone

import clinic.database.sealed


def seal_sessions(apps, schema_editor):
    """Keep everybody signed in: take over the live sessions, their keys hashed, contents sealed.

    A sign-in that waits for a mailed code has to begin anew, as the code stood in the session.
    """
    clear = apps.get_model("sessions", "Session").objects
    stored = apps.get_model("clinic", "StoredSession").objects
    for row in clear.filter(expire_date__gt=timezone.now()).iterator():
        content = ClearSessionStore().decode(row.session_data)
        content.pop("account_login", None)
        key = hashlib.sha256(row.session_key.encode()).hexdigest()
        stored.create(key_hash=key, data=content, expires_at=row.expire_date)
    clear.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_audit_seals"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asked",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("content", clinic.database.sealed.SealedJSONField()),
                ("asked_at", models.DateTimeField()),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["asked_at"], name="asked_asked_at")],
            },
        ),
        migrations.CreateModel(
            name="MailedCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("content", clinic.database.sealed.SealedJSONField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="mailed_code_expires_at")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("tries__lte", 5)), name="mailed_code_most_tries"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("used_at__isnull", True), ("tries__gte", 1), _connector="OR"
                        ),
                        name="mailed_code_used_by_try",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredSession",
            fields=[
                ("key_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("data", clinic.database.sealed.SealedJSONField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="stored_session_expires_at")],
            },
        ),
        migrations.CreateModel(
            name="TryCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("tries", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                ("closed_until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["since"], name="try_count_since")],
            },
        ),
        migrations.CreateModel(
            name="KnownBrowser",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_browsers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["last_at"], name="known_browser_last_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("token_hash", "user"), name="known_browser_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.BigIntegerField()),
                ("used_at", models.DateTimeField()),
                (
                    "authenticator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="mfa.authenticator"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["used_at"], name="used_step_used_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("authenticator", "step"), name="used_step_once")
                ],
            },
        ),
        migrations.RunPython(seal_sessions, migrations.RunPython.noop),
        # The cache of the versions before; nothing of ours stood in it for longer than an hour.
        migrations.RunSQL("DROP TABLE IF EXISTS clinic_cache", migrations.RunSQL.noop),
    ]
