"""Who acts: the value that every action takes as `by` and every audit record keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the machine itself. `label` is what a reader of the journal sees."""

    label: str
    account_id: int | None = None
    person_id: int | None = None
    reason: str = ""


SYSTEM = Actor("Tâche planifiée")
COMMAND = Actor("Ligne de commande")
UNKNOWN = Actor("Personne non identifiée")
