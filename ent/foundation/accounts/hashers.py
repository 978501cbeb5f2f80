"""Password hashing: Argon2id; a stored hash is made again when the parameters grow."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """OWASP's and ANSSI's present advice: 64 MiB, 3 passes, 1 lane."""

    time_cost = 3
    memory_cost = 64 * 1024
    parallelism = 1


class QuickArgon2id(Argon2id):
    """For the test suite only."""

    time_cost = 1
    memory_cost = 64
