"""What a server runs: base, and the refusal to start when it is incomplete."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, MASTER_KEYS, PUBLIC_URL, env
from ent.core import crypto

try:
    crypto.parse_keys(tuple(MASTER_KEYS))
except ImproperlyConfigured as problem:
    env.problems.append(str(problem).rstrip("."))

# A host that anyone may claim ends up in the links of the mails that are sent.
if any("*" in host for host in ALLOWED_HOSTS):
    env.problems.append("ENT_HOSTS must name the hosts one by one, without “*”")

public = urlsplit(PUBLIC_URL)
if public.scheme != "https" or not public.hostname:
    env.problems.append(f"ENT_URL must be set to the public address, https://…, not “{PUBLIC_URL}”")
elif public.path or public.query or public.fragment or public.username:
    env.problems.append(f"ENT_URL must be a bare address, https://host, not “{PUBLIC_URL}”")
elif ALLOWED_HOSTS and not validate_host(public.hostname, ALLOWED_HOSTS):
    env.problems.append(f"ENT_URL must be at one of the hosts of ENT_HOSTS, which “{public.hostname}” is not")

env.refuse()
