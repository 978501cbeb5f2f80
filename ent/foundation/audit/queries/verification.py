"""Checking the whole journal against its seals, in constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.core.crypto import CannotOpen
from ent.foundation.audit.models import Seal, SealingKey, Unsealed
from ent.foundation.audit.queries.chain import DIGEST, FIRST, facts, signature

# The longest that a transaction may hold its records back, and the drift allowed between the clocks of two servers.
HELD_BACK = timedelta(hours=2)
DRIFT = timedelta(minutes=5)
MOST_FINDINGS = 1000

KINDS: dict[str, str | Promise] = {
    "record_changed": _("L’acte n° %(id)s a été modifié après avoir été scellé."),
    "record_removed": _("L’acte n° %(id)s a été supprimé."),
    "record_inserted": _("L’acte n° %(id)s n’est couvert par aucun sceau\u00a0: il a été ajouté hors du journal."),
    "record_misdated": _("L’acte n° %(id)s porte une date que l’ordre des sceaux contredit\u00a0: il a été antidaté."),
    "seal_changed": _("Le sceau n° %(id)s a été modifié."),
    "seal_removed": _("Le sceau n° %(id)s a été supprimé."),
    "seal_unchained": _("Le sceau n° %(id)s ne suit pas celui qui le précède\u00a0: la chaîne a été refaite."),
    "seal_unreadable": _("Le sceau n° %(id)s ne peut être vérifié\u00a0: sa clé n’est plus lisible."),
    "anchor_missing": _("Le sceau n° %(id)s n’est plus celui qui avait été noté\u00a0: la fin a été refaite."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `kind` is a key of `KINDS`; `id` a record's, or a seal's number."""

    kind: str
    id: int

    @property
    def sentence(self) -> str:
        return str(KINDS[self.kind]) % {"id": self.id}


@dataclass(slots=True)
class Verdict:
    """What a verification saw. `waiting` records are not sealed yet; `more` findings follow the first 1000."""

    records: int = 0
    seals: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def sound(self) -> bool:
        return not self.findings

    @property
    def sentence(self) -> str:
        if self.sound:
            return str(_("Le journal est intact."))
        wrong = len(self.findings) + self.more
        return ngettext("%(n)d anomalie dans le journal.", "%(n)d anomalies dans le journal.", wrong) % {"n": wrong}

    def add(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1


def verify(*, anchor: tuple[int, bytes] | None = None) -> Verdict:
    """Check every record and every seal. Call it inside `scope.EVERYTHING`.

    `anchor`, a seal's number and digest noted elsewhere (each sealing logs them), also shows that the end of the
    journal was not cut off and made again.
    """
    verdict = Verdict()
    for finding in _walk(verdict, anchor):
        verdict.add(finding)
    for finding in _uncovered():
        verdict.add(finding)
    verdict.waiting = Unsealed.objects.count()
    return verdict


def _walk(verdict: Verdict, anchor: tuple[int, bytes] | None) -> Iterator[Finding]:
    """Every seal in order, with its records."""
    secrets = _secrets()
    before: Seal | None = None
    earliest: datetime | None = None
    anchored = anchor is None
    for seal in _seals():
        yield from (Finding("seal_removed", number) for number in _missing(before, seal))
        yield from _check_seal(seal, before, secrets)
        yield from _check_records(seal, earliest)
        verdict.seals += 1
        verdict.records += len(seal.records)
        anchored = anchored or (seal.number, bytes(seal.digest)) == anchor
        earliest = seal.sealed_at - HELD_BACK if seal.complete else earliest
        before = seal
    if anchor and not anchored:
        yield Finding("anchor_missing", anchor[0])


def _seals() -> Iterator[Seal]:
    number = 0
    while seal := Seal.objects.filter(number__gt=number).order_by("number").first():
        yield seal
        number = seal.number


def _missing(before: Seal | None, seal: Seal) -> range:
    first = before.number + 1 if before else 1
    return range(first, min(seal.number, first + MOST_FINDINGS))  # a forged number may be anything


def _check_seal(seal: Seal, before: Seal | None, secrets: dict[int, bytes]) -> Iterator[Finding]:
    secret = secrets.get(seal.key_id)
    if secret is None:
        yield Finding("seal_unreadable", seal.number)
    elif signature(seal, secret) != bytes(seal.digest):
        yield Finding("seal_changed", seal.number)
        return
    follows = seal.number == (before.number if before else 0) + 1
    if follows and bytes(seal.previous) not in _links(before, secrets):
        yield Finding("seal_unchained", seal.number)


def _links(before: Seal | None, secrets: dict[int, bytes]) -> set[bytes]:
    """What the next seal may name: the digest as stored, or as it was where only the digest was changed."""
    if before is None:
        return {FIRST}
    links = {bytes(before.digest)}
    if before.key_id in secrets:
        links.add(signature(before, secrets[before.key_id]))
    return links


def _check_records(seal: Seal, earliest: datetime | None) -> Iterator[Finding]:
    now = facts(seal.records)
    sealed = bytes(seal.record_digests)
    latest = seal.sealed_at + DRIFT
    for rank, pk in enumerate(seal.records):
        if pk not in now:
            yield Finding("record_removed", pk)
        elif now[pk].digest != sealed[rank * DIGEST : (rank + 1) * DIGEST]:
            yield Finding("record_changed", pk)
        elif now[pk].at > latest or (earliest and now[pk].at < earliest):
            yield Finding("record_misdated", pk)


# PostgreSQL spills to disk what its working memory does not hold.
UNCOVERED = """
WITH sealed AS (SELECT unnest(records) AS id FROM audit_seal)
SELECT 'record_inserted', r.id FROM audit_record r
    WHERE NOT EXISTS (SELECT FROM audit_unsealed u WHERE u.record_id = r.id)
    AND NOT EXISTS (SELECT FROM sealed s WHERE s.id = r.id)
UNION ALL
SELECT 'record_removed', u.record_id FROM audit_unsealed u
    WHERE NOT EXISTS (SELECT FROM audit_record r WHERE r.id = u.record_id)
ORDER BY 2
"""


def _uncovered() -> Iterator[Finding]:
    """Records that neither are sealed nor wait for it, and waiting ones that are gone: seen in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(UNCOVERED)
        while rows := cursor.fetchmany(1000):
            yield from (Finding(kind, pk) for kind, pk in rows)


def _secrets() -> dict[int, bytes]:
    """The sealing keys that open. One whose master key is gone is left out: its seals are then unreadable."""
    secrets = {}
    for pk in SealingKey.objects.order_by("pk").values_list("pk", flat=True):
        try:
            secrets[pk] = SealingKey.objects.get(pk=pk).secret
        except CannotOpen:
            continue
    return secrets
