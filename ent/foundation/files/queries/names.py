"""What a file really is, told from its content, and the name it may bear."""

import re
import unicodedata
from pathlib import PurePosixPath

import pylibmagic  # noqa: F401  (brings libmagic, hence comes first)

# isort: split
import magic

from ent.foundation.files.enums import ENDINGS

SNIFFED = 64 * 1024  # bytes that libmagic needs to see
LONGEST = 150

# Separators of Windows and Unix, and what Windows refuses in a name.
FORBIDDEN = re.compile(r'[<>:"|?*]')
# Names that Windows keeps for its devices, whatever their ending.
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def sniff(head: bytes) -> str:
    """The media type of a content from its first `SNIFFED` bytes, whatever its name says."""
    return str(magic.from_buffer(head, mime=True))


def clean_name(name: str, media_type: str) -> str:
    """A name safe to show and to save anywhere, whose ending tells the truth about `media_type`.

    No folder, control or direction character, device name; at most 150 characters.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Cc: controls; Cf: invisible ones, among which those that turn the writing round to hide an ending.
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = FORBIDDEN.sub("-", re.sub(r" +", " ", name)).strip(" .")
    stem, ending = _true_ending(name, ENDINGS[media_type])
    stem = stem[: LONGEST - len(ending)].strip(" .")
    if not stem or DEVICES.fullmatch(stem):
        stem = f"fichier {stem}".strip()
    return stem + ending


def _true_ending(name: str, endings: tuple[str, ...]) -> tuple[str, str]:
    for ending in endings:
        if name.lower().endswith(ending):
            return name[: -len(ending)], ending
    false = PurePosixPath(name).suffix
    stem = name.removesuffix(false) if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", false) else name
    # “rapport.pdf.exe” that is a PDF is “rapport.pdf”.
    return _true_ending(stem, endings) if false and stem != name and stem else (stem, endings[0])
