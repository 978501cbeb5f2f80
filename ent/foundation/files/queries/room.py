"""How much room is left: per file, per person, per school."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ent.core.errors import Refused, TooLarge
from ent.foundation.accounts.models import Account
from ent.foundation.files.models import File
from ent.foundation.files.permissions import FileUse, uses
from ent.foundation.schools.models import School

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files, of how many bytes together."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Room:
    """The most bytes that a file may have, and the refusal of one that has more."""

    size: int
    refusal: Callable[[], Refused]


def usage(school: School | None, owner: Account | None = None) -> Usage:
    """What the files of a school take (None: those of the region), or those of one person in it."""
    files = File.objects.filter(school=school)
    if owner:
        files = files.filter(owner_account=owner.pk)
    found = files.aggregate(number=Count("pk"), total=Sum("size", default=0))
    return Usage(found["number"], found["total"])


@dataclass(frozen=True, slots=True)
class Share:
    """What the files of one use take."""

    label: str | Promise
    used: Usage


@dataclass(frozen=True, slots=True)
class Space:
    """What the files of a school take of what they may, the greatest use first."""

    used: Usage
    size: int
    files: int
    shares: list[Share]


def space_of(school: School) -> Space:
    """The space of a school in the scope. One query."""
    rows = File.objects.filter(school=school).values("use").annotate(number=Count("pk"), total=Sum("size"))
    shares = [Share(uses[row["use"]].label, Usage(row["number"], row["total"])) for row in rows.order_by("-total")]
    used = Usage(sum(share.used.files for share in shares), sum(share.used.size for share in shares))
    return Space(used, settings.FILES_SCHOOL_SIZE, settings.FILES_SCHOOL_COUNT, shares)


def room_for(use: FileUse, *, school: School | None, owner: Account | None) -> Room:
    """The tightest limit on one more file. Raises `Refused` where there may be none at all."""
    most = min(use.max_size, settings.UPLOAD_LIMIT)
    rooms = [Room(most, lambda: TooLarge(_too_large(most))), *_quotas(school, owner)]
    tightest = min(rooms, key=lambda room: room.size)
    if tightest.size <= 0:
        raise tightest.refusal()
    return tightest


def _quotas(school: School | None, owner: Account | None) -> list[Room]:
    rooms = [_left(usage(school), settings.FILES_SCHOOL_COUNT, settings.FILES_SCHOOL_SIZE, _school_full)]
    if owner:
        theirs = usage(school, owner)
        rooms.append(_left(theirs, settings.FILES_PERSON_COUNT, settings.FILES_PERSON_SIZE, _person_full))
    return rooms


def _left(used: Usage, count: int, size: int, refusal: Callable[[], Refused]) -> Room:
    return Room(size - used.size if used.files < count else 0, refusal)


def _too_large(most: int) -> str:
    return _("Ce fichier est trop lourd\u00a0: %(size)d\u00a0Mo au plus. Réduisez-le ou coupez-le en plusieurs.") % {
        "size": max(1, most // MIB)
    }


def _school_full() -> Refused:
    return Refused(_("L’espace de votre établissement est plein. Prévenez son correspondant ENT."))


def _person_full() -> Refused:
    return Refused(_("Votre espace est plein. Supprimez des fichiers qui ne vous servent plus, puis recommencez."))
