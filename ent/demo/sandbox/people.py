"""The people whom the sandbox knows, from a file that the demonstration writes."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SandboxPerson:
    """`face` is the provider that knows them; `references` are values of FrEduCtRefId."""

    key: str
    face: str
    first_name: str
    last_name: str
    label: str
    affiliation: str = ""
    references: tuple[str, ...] = ()
    mail: str = ""

    @property
    def lasting_id(self) -> str:
        """96 hexadecimal figures, always the same for a person (FrEduCtId)."""
        return hashlib.sha384(f"{self.face}|{self.key}".encode()).hexdigest()


def read_people(folder: Path) -> list[SandboxPerson]:
    told = json.loads((folder / "people.json").read_text())
    return [SandboxPerson(**one | {"references": tuple(one["references"])}) for one in told]
