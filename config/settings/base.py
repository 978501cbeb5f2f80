"""Production: everything comes from the environment (table in the README); a missing secret stops the start."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.environment import Environment
from ent.core import databases

env = Environment()

PROJECT = Path(__file__).resolve().parents[2]
VAR = Path(env.text("ENT_VAR", str(PROJECT / "var")))

MODE = "production"
DEMO = False
DEBUG = False
SECRET_KEY = env.secret("ENT_SECRET_KEY")
MASTER_KEYS = env.items("ENT_MASTER_KEYS")
ALLOWED_HOSTS = env.items("ENT_HOSTS")
PUBLIC_URL = env.text("ENT_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

DATABASE_URL = env.text("DATABASE_URL")
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", DATABASE_URL)
DATABASE_POOL = env.number("ENT_DATABASE_POOL", 8)
DATABASES = {"default": databases.from_url(DATABASE_URL or "postgresql://localhost/ent", pool_size=DATABASE_POOL)}
# Off behind a transaction-pooling proxy that does not follow prepared statements (PgBouncer before 1.21).
PREPARED_STATEMENTS = env.flag("ENT_PREPARED_STATEMENTS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "ent.core",
    "ent.foundation.schools",
    "ent.foundation.accounts",
    "ent.foundation.audit",
    "ent.foundation.files",
    "ent.foundation.notifications",
    "ent.foundation.search",
    "ent.foundation.privacy",
    "ent.directory",
    "ent.identity.signin",
    "ent.identity.secondfactor",
    "ent.identity.federation",
    "ent.identity.activation",
    "ent.identity.access",
    "ent.identity.charter",
    "ent.identity.contacts",
    "ent.identity.firststeps",
    "ent.identity.recovery",
    "ent.identity.merging",
    "ent.portal",
]

MIDDLEWARE = [
    "ent.core.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "ent.core.middleware.Maintenance",
    "csp.middleware.CSPMiddleware",
    "ent.foundation.accounts.middleware.WebSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ent.directory.middleware.Viewers",
    "ent.identity.access.middleware.ServiceClosed",
    "ent.identity.signin.middleware.Gates",
    "ent.foundation.files.middleware.UploadLimit",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "ent.portal.queries.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "ent.core.templatetags.ent"],
        },
    }
]

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["ent.foundation.accounts.backends.AccountBackend"]
PASSWORD_HASHERS = ["ent.foundation.accounts.hashers.Argon2id"]
LOGIN_URL = "signin:sign_in"
# Wrong passwords allowed in a sliding window. A whole school may stand behind one address.
PASSWORD_WINDOW_MINUTES = env.number("ENT_PASSWORD_WINDOW_MINUTES", 15)
PASSWORD_FAILURES = env.number("ENT_PASSWORD_FAILURES", 10)
# From the next one on, each costs a pause, twice as long as the one before.
PASSWORD_FREE_FAILURES = env.number("ENT_PASSWORD_FREE_FAILURES", 4)
# How long a provisional password opens an account, unless the school says otherwise.
PROVISIONAL_DAYS = env.number("ENT_PROVISIONAL_DAYS", 90)
# How often a process looks whether the region has closed the whole service.
SERVICE_LOOK_S = 5.0
PASSWORD_FAILURES_ADDRESS = env.number("ENT_PASSWORD_FAILURES_ADDRESS", 100)

SESSION_ENGINE = "ent.foundation.accounts.sessions"
SESSION_COOKIE_NAME = "ent_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "ent.core.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = env.flag("ENT_HTTPS_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = env.flag("ENT_BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français"))]
LOCALE_PATHS = [PROJECT / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [PROJECT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

FILES_FOLDER = Path(env.text("ENT_FILES", str(VAR / "files")))
UPLOAD_LIMIT = env.number("ENT_UPLOAD_LIMIT_MIB", 200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILES_SCHOOL_SIZE = env.number("ENT_FILES_SCHOOL_GIB", 200) * 1024**3
FILES_SCHOOL_COUNT = env.number("ENT_FILES_SCHOOL_COUNT", 500_000)
FILES_PERSON_SIZE = env.number("ENT_FILES_PERSON_MIB", 2048) * 1024**2
FILES_PERSON_COUNT = env.number("ENT_FILES_PERSON_COUNT", 5000)
CLAMD_ADDRESS = env.text("ENT_CLAMD")

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("ENT_SMTP_HOST", "localhost")
EMAIL_PORT = env.number("ENT_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("ENT_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("ENT_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("ENT_SMTP_TLS", True)
DEFAULT_FROM_EMAIL = env.text("ENT_MAIL_FROM", "ne-pas-repondre@mon-ent-touraine.example")

IMPORT_FOLDER = env.text("ENT_IMPORT_FOLDER")
# Percent of a school that may leave by an import before a person must agree.
IMPORT_THRESHOLD = env.number("ENT_IMPORT_THRESHOLD", 20)
# Days for which what an import says line by line is kept; its numbers stay.
IMPORT_REPORTS_DAYS = env.number("ENT_IMPORT_REPORTS_DAYS", 365)
MAINTENANCE_FILE = VAR / "maintenance"

PROCRASTINATE_ON_APP_READY = None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "ent.core.logs.JsonFormatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": env.text("ENT_LOG_LEVEL", "INFO")},
    # Whoever knocks under another name than ENT_HOSTS gets 400, which the line of the request tells.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "procrastinate": {"level": "WARNING"},
    },
}

# W021: whether a domain joins the browsers' preload list is its owner's choice, and hard to undo.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# An import would wait for a connection that it holds itself.
if DATABASE_POOL != 0 and DATABASE_POOL < 4:
    env.mistakes.append(
        f"ENT_DATABASE_POOL must be at least 4, which an import takes, or 0 for no pool, not {DATABASE_POOL}"
    )
if not DATABASE_URL:
    env.problems.append("DATABASE_URL must be set")
if not MASTER_KEYS:
    env.problems.append("ENT_MASTER_KEYS must be set (make one with “ent keys new”)")
if not ALLOWED_HOSTS:
    env.problems.append("ENT_HOSTS must be set")
