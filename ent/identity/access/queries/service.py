"""Whether the whole service is closed."""

import time
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from ent.foundation.schools import scope
from ent.identity.access.models import ServiceClosure


class _Known:
    closure: ServiceClosure | None = None
    looked_at = float("-inf")


def service_closure() -> ServiceClosure | None:
    """What closes the service; None while it is open. Each process looks again every `SERVICE_LOOK_S` seconds: a
    closure is seen everywhere within them, and costs no page a query."""
    if time.monotonic() - _Known.looked_at > settings.SERVICE_LOOK_S:
        with suppress(DatabaseError), scope.use(scope.EVERYTHING):  # what was last known holds while nobody answers
            _Known.closure = ServiceClosure.objects.first()
        _Known.looked_at = time.monotonic()
    return _Known.closure


def look_again() -> None:
    """This process has just changed it, or a test has."""
    _Known.closure, _Known.looked_at = None, float("-inf")
