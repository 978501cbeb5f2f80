"""What a server runs: base, and the refusal to start when it is incomplete."""

from config.settings.base import *  # noqa: F403
from config.settings.base import env

env.refuse()
