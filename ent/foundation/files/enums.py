"""Closed lists about files: what the antivirus said, and the kinds of content a use may accept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What the antivirus said."""

    OFF = "inactif", _("Non analysé")
    WAITING = "attente", _("En cours d’analyse")
    CLEAN = "sain", _("Sain")
    INFECTED = "infecte", _("Infecté")
    FAILED = "echec", _("Analyse impossible")


OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."

# Media type, as libmagic tells it from the content: the endings a name may have, the usual one first.
ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic",),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/x-m4a": (".m4a",),
    "audio/x-wav": (".wav",),
    "video/mp4": (".mp4", ".m4v"),
    "video/webm": (".webm",),
    f"{OFFICE}wordprocessingml.document": (".docx",),
    f"{OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}presentationml.presentation": (".pptx",),
    f"{OPEN}text": (".odt",),
    f"{OPEN}spreadsheet": (".ods",),
    f"{OPEN}presentation": (".odp",),
    "text/rtf": (".rtf",),
    "text/plain": (".txt", ".csv", ".md"),
    "text/csv": (".csv",),
    "text/xml": (".xml",),
    "application/zip": (".zip", ".ggb"),
    "application/gzip": (".tgz", ".tar.gz", ".gz"),
}

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
DOCUMENTS = frozenset(
    {"application/pdf", "text/rtf", "text/plain"} | {t for t in ENDINGS if t.startswith((OFFICE, OPEN))}
)
RECORDINGS = frozenset({t for t in ENDINGS if t.startswith(("audio/", "video/"))})
TABLES = frozenset({"text/plain", "text/csv", f"{OFFICE}spreadsheetml.sheet", f"{OPEN}spreadsheet"})
ARCHIVES = frozenset({"application/zip", "application/gzip"})

# Shown in the page; everything else is downloaded. Pixels only: nothing here can run a script.
INLINE = IMAGES
