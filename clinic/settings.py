"""Django settings. What differs between installations is read from the environment; see
docs/operations.md.

The site is a trial when SITE_URL is an address of this machine, and in production otherwise. In
production it does not start unless SITE_URL begins with https, DEBUG is off, and the keys, a
database server, the mail server and the sender of mail are given.
"""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from clinic import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.var_dir()

SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
TRIAL = env.is_loopback(SITE_URL)
DEBUG = env.flag("DEBUG")
if DEBUG and not TRIAL:
    raise ImproperlyConfigured("DEBUG must be off when SITE_URL is a public address.")
if not TRIAL and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must begin with https:// when it is a public address.")

SECRET_KEY = env.secret(
    "SECRET_KEY", stored_in=VAR_DIR / "secret_key", trial=TRIAL, make=env.new_secret_key
)
# The first key encrypts, every key decrypts. They are not derived from SECRET_KEY, so that either
# can be rotated alone.
FIELD_KEYS = env.field_keys(
    "FIELD_KEYS", stored_in=VAR_DIR / "field_keys", trial=TRIAL, make=env.new_field_key
)
# For digests by which a sealed rule id is unique and found; as secret as FIELD_KEYS. The first
# makes digests, rows are found by those of every one.
DIGEST_KEYS = env.secrets_listed(
    "DIGEST_KEY", stored_in=VAR_DIR / "digest_key", trial=TRIAL, make=env.new_secret_key
)
# A line for each seal of the audit trail, outside the database. Best on another machine's disk.
AUDIT_SEALS = Path(env.text("AUDIT_SEALS", str(VAR_DIR / "audit_seals")))
# A mail server that is not there would be noticed by the patient who got no reminder.
EMAIL_URL = env.own_password("EMAIL_URL", env.needed("EMAIL_URL", trial=TRIAL), trial=TRIAL)
MAIL_FROM = env.needed("MAIL_FROM", trial=TRIAL)
DATABASE_URL = env.own_password(
    "DATABASE_URL",
    env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'run-ready.sqlite3'}"),
    trial=TRIAL,
)
if DATABASE_URL.startswith("sqlite") and not TRIAL and not env.flag("ALLOW_SQLITE"):
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL server when SITE_URL is a public address. SQLite is"
        " fit for one machine and about five people at work at the same time: ALLOW_SQLITE=1"
        " accepts it."
    )

SITE_HOST = urlsplit(SITE_URL).hostname or ""
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS") or (
    sorted({SITE_HOST, "127.0.0.1", "localhost", "[::1]"}) if TRIAL else [SITE_HOST]
)

INSTALLED_APPS = [
    "clinic",
    "booking",
    "intake",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

# What adds headers comes before everything that may refuse, and the input gate before everything
# that reads a cookie or a form.
MIDDLEWARE = [
    "clinic.metrics.middleware.MetricsMiddleware",
    "clinic.request_ids.RequestIdMiddleware",
    "clinic.web.errors.DatabaseErrorMiddleware",
    "clinic.site.headers.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "clinic.site.health.ProbeByAddressMiddleware",
    "clinic.site.plain_http.PlainHttpMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "clinic.web.static_files.StaticFilesMiddleware",
    "clinic.security.input_gate.InputGateMiddleware",
    "clinic.site.keeping_up.FactsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # After authentication: sessions of staff are shorter.
    "clinic.sign_in.middleware.SessionLimitsMiddleware",
    "clinic.sign_in.giving_back.GivingBackMiddleware",
    "clinic.before_opening.closed_doors.ClosedDoorsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

# What a page says once after an action: in the session, which is sealed, never in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "clinic.web.template_files.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.site.context_processors.the_clinic",
            ],
            "builtins": ["clinic.templatetags.look"],
        },
    }
]

# Data -------------------------------------------------------------------------------------------
# A connection that the server has closed is noticed before a page is, not by it.
DATABASES = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
}
OWNER_DATABASE: dict[str, object] | None = None
DATABASE_POOLER = env.one_of("DATABASE_POOLER", ("", "transaction"))
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["ENGINE"] = "clinic.database.sqlite3"
    # IMMEDIATE takes the write lock when a transaction begins. With Django's default mode up to two
    # thirds of the transactions in a race failed.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA foreign_keys=ON;",
    }
else:
    # The owner of the tables, for migrations. The user of DATABASE_URL then owns nothing.
    if MIGRATE_DATABASE_URL := env.own_password(
        "MIGRATE_DATABASE_URL", env.text("MIGRATE_DATABASE_URL"), trial=TRIAL
    ):
        OWNER_DATABASE = {"OPTIONS": {}, **dj_database_url.parse(MIGRATE_DATABASE_URL)}
    # "transaction" where a pooler gives each transaction another connection of the server. Nothing
    # may stay behind on one then: no cursor, and no limit that a connection asks for when it opens.
    if DATABASE_POOLER:
        DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        # Milliseconds. Who would have to wait longer gets the 503 page. Compiling a statement
        # ("jit") takes longer than any of ours runs: a third of a second each for the review queue.
        DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
            "-c lock_timeout=3000 -c statement_timeout=15000 -c jit=off"
        )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# There is no cache: a cache may forget at any time, and what we promise stands in rows.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

# Work in the background ---------------------------------------------------------------------------
REDIS_URL = env.own_password("REDIS_URL", env.text("REDIS_URL"), trial=TRIAL)
BACKUP_DIR = VAR_DIR / "backups"
# Who was erased, so that a restored backup can be brought up to date: it lies beside the backups.
ERASURE_LIST = env.text("ERASURE_LIST", str(BACKUP_DIR / "erasures.sealed"))
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "clinic.operations.embedded_broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_timeout": 5, "socket_connect_timeout": 3, "visibility_timeout": 600}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
)
if not REDIS_URL:
    for _folder in ("queue", "control"):
        (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# Longer than a run of the mail sender, which ends by itself after about 50 seconds.
CELERY_TASK_TIME_LIMIT = 120
# A task may run twice, as every periodic action allows. With the defaults it could be lost.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# One child of the worker: its jobs are short and take turns. Celery's own choice is one a core.
CELERY_WORKER_CONCURRENCY = env.number("WORKER_CONCURRENCY", 1)
# The clock notes that it is alive, and keeps its file out of the folder of the program.
CELERY_BEAT_SCHEDULER = "clinic.operations.clock:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Mail -------------------------------------------------------------------------------------------
MAIL_DIR = VAR_DIR / "mail"
# Seconds for one message as a whole (clinic.messages.delivery.smtp).
EMAIL_TIMEOUT = 20
# The address; its name is what mail calls the clinic (clinic.practice.sender).
DEFAULT_FROM_EMAIL = MAIL_FROM or f"mail@{SITE_HOST}"
if EMAIL_URL:
    _mail = env.mail_server(EMAIL_URL)
    EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.begins_with_tls, _mail.uses_starttls
else:
    EMAIL_BACKEND = "clinic.messages.delivery.folder.FolderBackend"

# People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "clinic.sign_in.passwords.validators.NotOneThing"},
    {"NAME": "clinic.sign_in.passwords.validators.NotStolen"},
    {"NAME": "clinic.sign_in.passwords.validators.NotOurOwnWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "after_sign_in"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "clinic.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_FORMS = {
    "login": "clinic.people.forms.StaffSignInForm",
    "request_login_code": "clinic.people.forms.CodeRequestForm",
    "reset_password": "clinic.people.forms.PasswordLinkForm",
    "change_password": "clinic.sign_in.guessing.forms.NewPasswordForm",
}
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Mail to an address we do not know would tell its owner that somebody typed it here.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# The library's own limits stand in the cache. Ours are rows (clinic.sign_in.guessing).
ACCOUNT_RATE_LIMITS = False
# Seconds. Also the link to the first password, which may be mailed in the evening.
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Seconds. The pages of the sign-in itself ask again for a password or code older than this.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "clinic.sign_in.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey asks its holder for a PIN, a finger or a face: it is two factors in one.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "authenticate": "clinic.sign_in.guessing.forms.SecondStepForm",
    "reauthenticate": "clinic.sign_in.guessing.forms.SecondStepAgainForm",
    "activate_totp": "clinic.sign_in.guessing.forms.NewAppForm",
    "add_webauthn": "clinic.sign_in.passkeys.forms.AddPasskeyForm",
    "authenticate_webauthn": "clinic.sign_in.passkeys.forms.PasskeyForm",
    "login_webauthn": "clinic.sign_in.passkeys.forms.SignInPasskeyForm",
    "reauthenticate_webauthn": "clinic.sign_in.passkeys.forms.AgainPasskeyForm",
}
MFA_TOTP_ISSUER = "Run Ready"
# Steps of 30 seconds before and after the present one whose code is accepted too.
MFA_TOTP_TOLERANCE = 1
# 20 decimal digits hold 66 bits.
MFA_RECOVERY_CODE_DIGITS = 20
# An access administrator types the addresses of staff; nobody confirms them by mail.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Checked on the server (clinic.sign_in.session_limits). The cookie lives longer, so that answers
# sent too late still find their form.
SESSION_IDLE_MINUTES = {"patient": 60, "staff": 15}
SESSION_TOTAL_HOURS = 12
SESSION_ENGINE = "clinic.sign_in.session_store"
SESSION_COOKIE_AGE = 2 * SESSION_TOTAL_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not TRIAL
# Browsers accept a __Host- cookie over https only, which a trial does not have.
SESSION_COOKIE_NAME = "sessionid" if TRIAL else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if TRIAL else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.site.views.csrf_failure"

# Edges ------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = not TRIAL
# A probe asks this process by http, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready|mail|clock|set-up)$"]
# Short at first: a browser cannot be told to forget what it was told for a year.
SECURE_HSTS_SECONDS = 0 if TRIAL else env.number("HSTS_SECONDS", 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not TRIAL and env.flag("HSTS_SUBDOMAINS")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many proxies in front of the site are trusted to name the client's address.
PROXY_COUNT = env.number("PROXY_COUNT", 0)
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
# Only what clinic.security.uploads marks takes files, three at most and in memory.
DATA_UPLOAD_MAX_NUMBER_FILES = 3
FILE_UPLOAD_HANDLERS = ["clinic.security.uploads.NoFiles"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # data: is for the ticks and arrows inside the style sheets; nothing else uses it.
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# What the public may do at most: (times, seconds). RUN_READY_LIMITS=test lifts the limits for the
# tests of races, on a loopback address only.
LIMITS = {
    "intake_starts": (10, 600),
    "hold_sets": (20, 600),
    # Private links and calendar addresses that open nothing, from one network.
    "wrong_links": (60, 600),
    # A code or a link: for an address and the network that asks, and for the address alone.
    "asked_from_one_place": (3, 3600),
    "asked_from_one_place_a_day": (20, 86_400),
    "asked_for_an_address": (10, 3600),
    # For one patient: a change of her e-mail, and its mails once more.
    "email_changes": (10, 86_400),
    # For one network, whatever the address: requests for mail, and what is typed to sign in.
    "asking": (20, 60),
    "typing": (30, 60),
}
if env.text("RUN_READY_LIMITS") == "test":
    if not TRIAL:
        raise ImproperlyConfigured("RUN_READY_LIMITS=test is for loopback addresses only.")
    LIMITS = dict.fromkeys(LIMITS, (1_000_000, 600))

# Language, time, files ----------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
# The clinic's zone is one of its facts (clinic.practice.facts), which sets the two when it is read.
# Until then, and where there is no database, they are what the environment says.
ZONE_WITHOUT_DATABASE = env.text("CLINIC_TIME_ZONE", "America/New_York")
TIME_ZONE = CLINIC_TIME_ZONE = ZONE_WITHOUT_DATABASE

STATIC_URL = "/static/"
# No other site needs our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "clinic.web.static_files.LibraryFilesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.text(
            "STATIC_STORAGE", "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# A function of the operator, as module.function, which gets kind and place of each error.
ERROR_REPORTER = env.text("ERROR_REPORTER")
_reports = {"reports": {"class": "clinic.operations.reporting.ErrorReports"}}
_handlers = {
    "out": {"class": "logging.StreamHandler", "formatter": "line"},
    **(_reports if ERROR_REPORTER else {}),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "clinic.operations.logs.JsonLine"}},
    "handlers": _handlers,
    "root": {"handlers": [*_handlers], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [*_handlers], "level": "WARNING", "propagate": False},
        "run_ready": {"handlers": [*_handlers], "level": "INFO", "propagate": False},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
