"""What a server runs: base, and the refusal to start when it is incomplete."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import MASTER_KEYS, env
from ent.core import crypto

try:
    crypto.parse_keys(tuple(MASTER_KEYS))
except ImproperlyConfigured as problem:
    env.problems.append(str(problem).rstrip("."))

env.refuse()
