"""A developer's machine and the demonstration: local secrets kept in var/, mail written to a folder, demo people."""

import os

from config import local
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, TEMPLATES, VAR, env
from ent.core import crypto

MODE = "development"
DEMO = env.flag("ENT_DEMO", True)
DEBUG = env.flag("ENT_DEBUG", False)
SECRET_KEY = local.secret(VAR / "secrets" / "secret_key")
MASTER_KEYS = [*env.items("ENT_MASTER_KEYS"), local.master_key(VAR / "secrets" / "master_key")]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.items("ENT_HOSTS")]
PUBLIC_URL = f"http://localhost:{os.environ.get('PORT', '8000')}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "outbox"

if DEMO:
    INSTALLED_APPS = [*INSTALLED_APPS, "ent.demo"]
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("ent.demo.queries.demo_people")

crypto.parse_keys(tuple(MASTER_KEYS))
env.refuse(only_mistakes=True)
