"""What the logs tell of a failure, and what they keep for themselves."""

import json
import logging
import sys

from django.db import IntegrityError, transaction

from ent.core.logs import JsonFormatter
from ent.foundation.accounts.models import Account


def test_a_row_that_the_database_refuses_is_not_quoted(db: None) -> None:
    identifier = ".".join(["ines", "moreau"])
    Account.objects.create(identifier=identifier)
    try:
        with transaction.atomic():
            Account.objects.create(identifier=identifier)
    except IntegrityError:
        record = logging.LogRecord("ent", logging.ERROR, __file__, 1, "broken", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert identifier not in line
    traceback = json.loads(line)["traceback"]
    assert "DETAIL" not in traceback
    assert "accounts_account_identifier" in traceback or "account_identifier_once" in traceback
    assert "The above exception was the direct cause" in traceback
