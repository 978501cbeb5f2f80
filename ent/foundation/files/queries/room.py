"""How much room is left: per file, per person, per school."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ent.core.errors import Refused, TooLarge
from ent.core.registries import Registry
from ent.core.templatetags.ent import plural, thousands
from ent.foundation.accounts.models import Account
from ent.foundation.files.models import MIB, File, SchoolQuota
from ent.foundation.files.permissions import FileUse, uses
from ent.foundation.files.templatetags.sizes import size_text
from ent.foundation.schools.models import School

# A space is almost full from this share of what it may hold.
ALMOST = 0.9

# Who tells the people of a school, from a layer above, that its space is almost full since then.
space_watchers: Registry[Callable[[School, datetime], None]] = Registry("notifications")


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files, of how many bytes together."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Room:
    """The most bytes that a file may have, and the refusal of one that has more.

    `alarm`: from how many bytes the file makes its school's space almost full; None where that was told already.
    """

    size: int
    refusal: Callable[[], Refused]
    alarm: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What the files of one use take."""

    label: str | Promise
    used: Usage


@dataclass(frozen=True, slots=True)
class Space:
    """What the files of a school take of what they may, the greatest use first; `person`: of what one person may."""

    used: Usage
    size: int
    files: int
    person: int
    shares: list[Share] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part that is taken, of the bytes or of the number of files: 1 is full, and it may be more."""
        return max(self.used.size / self.size, self.used.files / self.files)

    @property
    def words(self) -> str:
        """What is taken of what may be, in words, of that first which is the nearest to its end."""
        files, size = plural(self.used.files, _("fichier,fichiers")), size_text(self.used.size)
        if self.used.files / self.files > self.used.size / self.size:
            facts = {"files": files, "most": thousands(self.files), "size": size}
            return _("%(files)s sur %(most)s, %(size)s") % facts
        return _("%(size)s sur %(most)s, %(files)s") % {"size": size, "most": size_text(self.size), "files": files}

    @property
    def percent(self) -> float:
        """The same out of a hundred, never rounded up to a full space."""
        return math.floor(self.share * 1000) / 10

    @property
    def bar(self) -> int:
        """The same out of a thousand, for a bar."""
        return min(math.ceil(self.share * 1000), 1000)

    @property
    def is_full(self) -> bool:
        return self.share >= 1

    @property
    def is_almost_full(self) -> bool:
        return self.share >= ALMOST


def usage(school: School | None, owner: Account | None = None) -> Usage:
    """What the files of a school take (None: those of the region), or those of one person in it."""
    files = File.objects.filter(school=school)
    if owner:
        files = files.filter(owner_account=owner.pk)
    found = files.aggregate(number=Count("pk"), total=Sum("size", default=0))
    return Usage(found["number"], found["total"])


def quota_of(school: School | None) -> SchoolQuota:
    """The quota of a school in the scope; unsaved and as the settings say where it has none, as for the region."""
    return SchoolQuota.objects.filter(school=school).first() or SchoolQuota(school=school)


def space_of(school: School) -> Space:
    """The space of a school in the scope. Two queries."""
    rows = File.objects.filter(school=school).values("use").annotate(number=Count("pk"), total=Sum("size"))
    shares = [Share(_label_of(row["use"]), Usage(row["number"], row["total"])) for row in rows.order_by("-total")]
    used = Usage(sum(share.used.files for share in shares), sum(share.used.size for share in shares))
    return _space(used, quota_of(school), shares)


def _label_of(use: str) -> str | Promise:
    return uses[use].label if use in uses else use


def spaces_of(schools: Iterable[School]) -> dict[int, Space]:
    """The spaces of schools, all in the scope, by id, without what each use takes. Two queries."""
    ids = [school.pk for school in schools]
    rows = File.objects.filter(school__in=ids).values("school").annotate(number=Count("pk"), total=Sum("size"))
    used = {row["school"]: Usage(row["number"], row["total"]) for row in rows.order_by()}
    quotas = {quota.school_id: quota for quota in SchoolQuota.objects.filter(school__in=ids)}
    return {pk: _space(used.get(pk, Usage(0, 0)), quotas.get(pk, SchoolQuota(school_id=pk)), []) for pk in ids}


def _space(used: Usage, quota: SchoolQuota, shares: list[Share]) -> Space:
    return Space(used, quota.most, settings.FILES_SCHOOL_COUNT, quota.most_of_person, shares)


def room_for(use: FileUse, *, school: School | None, owner: Account | None) -> Room:
    """The tightest limit on one more file. Raises `Refused` where there may be none at all."""
    quota, used = quota_of(school), usage(school)
    most = min(use.max_size, settings.UPLOAD_LIMIT)
    rooms = [Room(most, lambda: TooLarge(_too_large(most))), _left_in_school(used, quota)]
    if owner:
        rooms.append(_left_to_person(usage(school, owner), quota))
    tightest = min(rooms, key=lambda room: room.size)
    if tightest.size <= 0:
        raise tightest.refusal()
    return replace(tightest, alarm=_alarm(used, quota) if school else None)


def _alarm(used: Usage, quota: SchoolQuota) -> int | None:
    if quota.almost_full_since:
        return None
    many = used.files + 1 >= ALMOST * settings.FILES_SCHOOL_COUNT
    return 0 if many else math.ceil(ALMOST * quota.most) - used.size


def _left_in_school(used: Usage, quota: SchoolQuota) -> Room:
    say = _school_full if quota.school_id else _region_full
    return _left(used, settings.FILES_SCHOOL_COUNT, quota.most, say)


def _left_to_person(used: Usage, quota: SchoolQuota) -> Room:
    return _left(used, settings.FILES_PERSON_COUNT, quota.most_of_person, _person_full)


def _left(used: Usage, count: int, size: int, say: Callable[[str], str]) -> Room:
    """What is left under both limits, with the refusal that names the one that is met."""
    if used.files >= count:
        return Room(0, lambda: Refused(say(plural(count, _("fichier,fichiers")))))
    return Room(size - used.size, lambda: Refused(say(size_text(size))))


def _too_large(most: int) -> str:
    return _("Ce fichier est trop lourd\u00a0: %(size)d\u00a0Mo au plus. Réduisez-le ou coupez-le en plusieurs.") % {
        "size": max(1, most // MIB)
    }


def _school_full(most: str) -> str:
    sentence = _("L’espace de votre établissement est plein\u00a0: %(most)s au plus. Prévenez son correspondant ENT.")
    return sentence % {"most": most}


def _region_full(most: str) -> str:
    return _("L’espace de la région est plein\u00a0: %(most)s au plus.") % {"most": most}


def _person_full(most: str) -> str:
    sentence = _("Votre espace est plein\u00a0: %(most)s au plus. Supprimez des fichiers qui ne vous servent plus.")
    return sentence % {"most": most}
