"""The test suite: fast hashing, mail in memory, its own folder for files."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, INSTALLED_APPS, STORAGES, TEMPLATES

MODE = "test"
DEMO = True
SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests"  # noqa: S105
MASTER_KEYS = ["test:dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtMTI="]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "ent.example"]
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["ent.foundation.accounts.hashers.QuickArgon2id"]
# The pauses between wrong passwords have tests of their own.
PASSWORD_FREE_FAILURES = 10
# Never looked at by itself: a page costs the same statements in every test. Those of maintenance look.
SERVICE_LOOK_S = float("inf")
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
VAR = Path(tempfile.mkdtemp(prefix="ent-test-"))
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir()
FILES_FOLDER = VAR / "files"
MAINTENANCE_FILE = VAR / "maintenance"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# A database of its own, so that two runs side by side never meet.
DATABASES["default"]["TEST"] = {"NAME": f"test_ent_{os.getpid()}"}
LOGGING = {"version": 1, "disable_existing_loggers": False}

if DEMO:
    INSTALLED_APPS = [*INSTALLED_APPS, "ent.demo"]
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("ent.demo.queries.demo_people")
