"""How the names of people are written and compared, whatever the file they come from."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=50_000)
def readable(name: str) -> str:
    """« MARTIN-DUPONT » as « Martin-Dupont »; what is not all capitals stays."""
    if not name.isupper() or len(name) == 1:
        return name
    return _WORD.sub(lambda word: word[0].capitalize(), name)


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Lower-case ASCII letters and figures, single spaces: « Hélène-Marie d’Œuf » gives « helene marie d oeuf »."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", text).strip()


def login_base(first: str, last: str) -> str:
    """`prenom.nom`, at most 70 characters and without digits: a number is added where it is taken."""
    parts = (re.sub(r"[^a-z]+", "-", plain(name)).strip("-") for name in (first[:35], last[:34]))
    return ".".join(part for part in parts if part)[:70] or "compte"
