"""`ent audit …`: seal and check the journal. `ent keys status` and `rotate`: what lies under the master keys."""

import json
import sys
from collections import Counter

import click

from ent.core import crypto, fields
from ent.core.actors import COMMAND
from ent.core.cli import ent, keys
from ent.foundation.audit.actions import record_rotation
from ent.foundation.audit.actions import seal_records as seal_all
from ent.foundation.audit.queries import Verdict
from ent.foundation.audit.queries import verify as verify_all
from ent.foundation.schools import scope


@ent.group()
def audit() -> None:
    """Le journal des actes et ses sceaux."""


@audit.command()
def seal() -> None:
    """Sceller les actes en attente, sans attendre la minute suivante."""
    click.echo(f"{seal_all()} actes scellés.")


def _anchor(_: click.Context, __: click.Parameter, value: str) -> tuple[int, bytes] | None:
    number, _colon, digest = value.partition(":")
    try:
        return (int(number), bytes.fromhex(digest)) if value else None
    except ValueError as error:
        raise click.BadParameter("attendu\u00a0: numéro:empreinte, tel que chaque scellement l’écrit") from error


@audit.command()
@click.option("--anchor", default="", callback=_anchor, help="Un sceau noté ailleurs, numéro:empreinte, à retrouver.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def verify(anchor: tuple[int, bytes] | None, as_json: bool) -> None:
    """Comparer chaque acte et chaque sceau à la chaîne. Sort en erreur si le journal a été altéré."""
    with scope.use(scope.EVERYTHING):
        verdict = verify_all(anchor=anchor)
    click.echo(json.dumps(_as_json(verdict), ensure_ascii=False) if as_json else _as_text(verdict))
    sys.exit(0 if verdict.sound else 1)


def _as_text(verdict: Verdict) -> str:
    counts = f"{verdict.records} actes scellés, {verdict.seals} sceaux, {verdict.waiting} actes en attente de sceau."
    return "\n".join([*(finding.sentence for finding in verdict.findings), verdict.sentence, counts])


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "sound": verdict.sound,
        "records": verdict.records,
        "seals": verdict.seals,
        "waiting": verdict.waiting,
        "findings": [{"kind": f.kind, "id": f.id, "sentence": f.sentence} for f in verdict.findings],
        "more": verdict.more,
    }


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def status(as_json: bool) -> None:
    """Dire combien de valeurs chaque clé maîtresse protège."""
    with scope.use(scope.EVERYTHING):
        by_column = {f"{c.table}.{c.column}": fields.count_by_key(c) for c in fields.sealed_columns()}
    totals: Counter[str] = sum((Counter(counts) for counts in by_column.values()), Counter())
    names = crypto.key_names()
    if as_json:
        report = {"current": names[0], "known": names, "values": dict(totals), "columns": by_column}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for name in [*names, *sorted(totals.keys() - set(names))]:
        role = "courante" if name == names[0] else "ancienne" if name in names else "ABSENTE de ENT_MASTER_KEYS"
        click.echo(f"{name} ({role})\u00a0: {totals[name]} valeurs")


@keys.command()
def rotate() -> None:
    """Rechiffrer sous la clé courante tout ce qu’une clé plus ancienne protège. Peut être interrompu et repris."""
    done: Counter[str] = Counter()
    unreadable = 0
    try:
        for column in fields.sealed_columns():
            unreadable += _rotate_column(column, done)
    finally:
        if done:
            with scope.use(scope.EVERYTHING):
                record_rotation(crypto.current_key_name(), done, by=COMMAND)
    click.echo(f"{done.total()} valeurs rechiffrées sous la clé « {crypto.current_key_name()} ».")
    if unreadable:
        raise click.ClickException(f"{unreadable} valeurs illisibles ont été laissées telles quelles.")


def _rotate_column(column: fields.SealedColumn, done: Counter[str]) -> int:
    """One short transaction a batch: nobody waits long for a row."""
    name = f"{column.table}.{column.column}"
    batch = fields.Resealed(0, None)
    unreadable = 0
    while True:
        with scope.use(scope.EVERYTHING):
            batch = fields.reseal_batch(column, after=batch.last)
        if batch.done:
            done[name] += batch.done
        for key in batch.unreadable:
            click.echo(f"{name}, ligne {key}\u00a0: ne s’ouvre pas.", err=True)
        unreadable += len(batch.unreadable)
        if batch.last is None:
            return unreadable
