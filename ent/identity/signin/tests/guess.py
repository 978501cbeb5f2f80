"""One guess at a password in a process of its own: `python -m ent.identity.signin.tests.guess IDENTIFIER`.

It says that it is ready, waits for a line, then says what it got: « refused » or « too many ».
"""

import sys

import django

if __name__ == "__main__":
    django.setup()

from django.test import override_settings

from ent.core.actors import UNKNOWN
from ent.core.errors import TooMany
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import check_password

if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    # The real hash takes long enough for two guesses to be under way together.
    hashers = ["ent.foundation.accounts.hashers.Argon2id"]
    with override_settings(PASSWORD_HASHERS=hashers, PASSWORD_FAILURES=1):
        try:
            assert check_password(sys.argv[1], "au hasard", address="", by=UNKNOWN, schools=schools_opened_by) is None
            sys.stdout.write("refused\n")
        except TooMany:
            sys.stdout.write("too many\n")
