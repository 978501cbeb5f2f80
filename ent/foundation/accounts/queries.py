"""Identifiers and provisional passwords: what a new account receives."""

import re
import secrets
import unicodedata

from ent.foundation.accounts.models import Account

# Syllables that are read aloud without doubt, and digits that look like no letter.
CONSONANTS = "bcdfgjklmnprstvz"
VOWELS = "aeiou"
DIGITS = "23456789"


def plain(text: str) -> str:
    """Small letters without accents: « Élodie » gives « elodie »."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def free_identifier(first_name: str, last_name: str) -> str:
    """`prenom.nom`, with the next number when someone has it already."""
    words = (re.sub(r"[^a-z]+", "-", plain(word)).strip("-") for word in (first_name, last_name))
    base = ".".join(filter(None, words))[:70] or "compte"
    pattern = rf"^{re.escape(base)}[0-9]{{0,6}}$"
    taken = Account.objects.filter(identifier__iregex=pattern).values_list("identifier", flat=True)
    numbers = [int(identifier[len(base) :] or 1) for identifier in taken]
    return f"{base}{max(numbers) + 1}" if numbers else base


def provisional_password() -> str:
    """« Kemu-tavo-2739 »: about 38 bits, to be changed at the first sign-in; it meets the rules of passwords."""
    syllables = [secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(4)]
    digits = "".join(secrets.choice(DIGITS) for _ in range(4))
    return f"{''.join(syllables[:2]).capitalize()}-{''.join(syllables[2:])}-{digits}"


def password_version(account: Account) -> str:
    """Names the password in force without telling anything of it: what a form to replace it was shown for."""
    return account.get_session_auth_hash()[:16]
