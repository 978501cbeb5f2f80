"""The sandbox's own keys, made at its first start."""

from datetime import timedelta
from pathlib import Path

from ent.core.certificates import Keys, new_keys

LASTS = timedelta(days=3650)


def keys_in(folder: Path, name: str = "key") -> Keys:
    """The key pair kept in the folder, made if there is none."""
    private, certificate = folder / f"{name}.pem", folder / f"{name}.crt"
    if not certificate.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = sandbox_keys()
        private.touch(mode=0o600)
        private.write_text(made.private)
        certificate.write_text(made.certificate)
    return Keys(private.read_text(), certificate.read_text())


def sandbox_keys() -> Keys:
    return new_keys("Bac à sable", lasts=LASTS)
