"""The account PostgreSQL's programs run under: they refuse to run as root."""

import ctypes
import os
import pwd
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from ent.core.postgres.errors import PostgresError

# Numbers of the Linux headers prctl.h, securebits.h and capability.h.
_PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2

_libc = ctypes.CDLL(None, use_errno=True)
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}  # no PGPORT nor PGDATA of the surroundings


@dataclass(frozen=True)
class Account:
    """Who runs PostgreSQL: ourselves, or the account ``uid``/``gid`` when we are root.

    ``capability`` is the one right of root left to it, when a parent folder would otherwise stop it.
    """

    uid: int
    gid: int
    capability: int | None = None

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command to its end. Never raises for its exit code."""
        changes = self.uid != os.geteuid()
        bare = changes and self.capability is None
        return subprocess.run(  # noqa: S603 — a list of our own making, no shell
            [str(part) for part in command],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            user=self.uid if bare else None,
            group=self.gid if bare else None,
            extra_groups=[] if bare else None,
            preexec_fn=self._become if changes and not bare else None,
        )

    def own(self, folder: Path) -> None:
        """As root, give it this folder of ours with all it holds."""
        if os.geteuid() != 0 or folder.stat().st_uid == self.uid:
            return
        for path in (*folder.rglob("*"), folder):  # the folder last: an interrupted gift is made again
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def reaching(self, folder: Path, program: Path) -> "Account":
        """Itself, with the least capability it needs to enter its folder and run the program.

        Raises PostgresError if none is enough, or may be given.
        """
        for capability in (None, _CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):  # many containers lack the second
            candidate = replace(self, capability=capability)
            if candidate._reaches(folder, program):
                return candidate
        raise PostgresError(
            f"Le compte n°\u00a0{self.uid}, qui doit lancer PostgreSQL, ne peut pas entrer dans {folder} ou exécuter "
            f"{program}. Placez le projet dans un dossier que tous peuvent traverser, lancez-le sous un compte "
            "ordinaire plutôt que root, ou indiquez un autre serveur par DATABASE_URL."
        )

    def _reaches(self, folder: Path, program: Path) -> bool:
        try:
            return self.run("/bin/sh", "-c", 'cd "$1" && "$2" --version', "sh", folder, program).returncode == 0
        except (subprocess.SubprocessError, OSError):
            return False

    def _become(self) -> None:
        """In the child, between fork and exec: change account and keep ``capability`` alone."""
        assert self.capability is not None
        # Without this bit the kernel forgets the capability in access(2), by which PostgreSQL looks for its programs.
        _prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP)
        os.setgroups([])
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        mask = 1 << self.capability
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; then bits 32-63
        if _libc.capset(header, sets) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, self.capability)


def choose_account(folder: Path) -> Account:
    """Ourselves; but as root, the owner of ``folder``, else ``ENT_POSTGRES_USER``, ``postgres`` or ``nobody``.

    Raises PostgresError if no such account exists.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owner = folder.stat()
    return Account(owner.st_uid, owner.st_gid) if owner.st_uid else _unprivileged()


def _unprivileged() -> Account:
    wanted = os.environ.get("ENT_POSTGRES_USER")
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(found.pw_uid, found.pw_gid)
    raise PostgresError(
        f"Aucun compte ordinaire nommé {wanted or 'postgres ou nobody'} sur cette machine\u00a0: "
        "indiquez-en un par ENT_POSTGRES_USER."
    )


def _prctl(option: int, *values: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *padded) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
