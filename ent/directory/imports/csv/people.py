"""Of whom the lines of a file speak: each human once, their links, and what could not be understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ent.directory.enums import LEARNER_PROFILES, LegalDuty, Profile, Relation
from ent.directory.imports.csv import values
from ent.directory.imports.csv.mapping import FIELDS, Role, full_label
from ent.directory.imports.csv.reading import Row, Table, line_name
from ent.directory.imports.names import plain, readable
from ent.directory.imports.problems import Anomaly

# Those whom a file may bring. Whoever oversees the administrators who send it is named elsewhere.
BROUGHT = (
    Profile.PUPIL,
    Profile.APPRENTICE,
    Profile.GUARDIAN,
    Profile.TEACHER,
    Profile.SCHOOL_LIFE,
    Profile.LIBRARIAN,
    Profile.ADMINISTRATIVE,
    Profile.MASTER,
    Profile.GUEST,
)


# What a second line on the same person completes.
COMPLETED = (
    "civility", "birth_name", "birth_date", "email", "ine", "function", "division", "mef", "entered_on",
)  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One human in one profile. Texts that the file does not give are empty: they say nothing."""

    profile: Profile
    line: int
    last_name: str
    first_name: str
    civility: str = ""
    birth_name: str = ""
    birth_date: date | None = None
    email: str = ""
    ine: str = ""
    id: str = ""
    aaf_id: str = ""
    function: str = ""
    division: str = ""
    mef: str = ""
    entered_on: date | None = None
    groups: list[str] = field(default_factory=list)
    # Of Person.contact: address (a list of lines), postal_code, city, home, mobile.
    contact: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def name(self) -> tuple[str, str]:
        return plain(self.last_name), plain(self.first_name)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Link:
    """A guardian of a pupil, by their keys."""

    pupil: str
    guardian: str
    relation: Relation
    legal: LegalDuty
    rank: int
    line: int


@dataclass(frozen=True, slots=True)
class Contract:
    """An apprentice and their master, by their keys."""

    apprentice: str
    master: str
    company: str
    siret: str
    starts: date | None
    ends: date | None
    line: int


@dataclass(slots=True)
class Told:
    """Everything a file says. `entries` are by their key, in the order of the file."""

    entries: dict[str, Entry] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    # A trainer who follows the learners of a division: (key of the trainer, division).
    trainers: dict[tuple[str, str], int] = field(default_factory=dict)
    # With the profile of whom they are about.
    anomalies: list[tuple[Profile, Anomaly]] = field(default_factory=list)


def read_people(table: Table, columns: Mapping[int, str], *, uai: str, profile: Profile) -> Told:
    """What the lines say. `columns` gives the field of each column; `profile` is that of a line that gives none."""
    reader = _Reader(table, columns, uai, profile)
    reader.tell_unread(table.header)
    for row in table.rows:
        reader.read(row)
    return reader.told


class _Reader:
    """Reads line after line, and recognises whom it has already met."""

    def __init__(self, table: Table, columns: Mapping[int, str], uai: str, profile: Profile) -> None:
        self.file, self.uai, self.profile = table.file, uai, profile
        self.columns = {key: index for index, key in columns.items() if key}
        self.told = Told(anomalies=[(profile, anomaly) for anomaly in table.anomalies])
        self.row = Row(0, ())

    # --- one cell

    def text(self, role: Role, attribute: str) -> str:
        index = self.columns.get(f"{role}.{attribute}")
        return "" if index is None else self.row.cells[index]

    def value(self, role: Role, attribute: str, reason: str, outcome: str = "") -> Any:
        """The cell as its reader understands it; None when it is empty, or cannot be understood, which is told with its
        `outcome` (the cell is left out, where none is given)."""
        text = self.text(role, attribute)
        if not text:
            return None
        found = _READERS[attribute](text)
        if found is None:
            sentence = _("%(reason)s\u00a0: %(outcome)s, le reste de la ligne est repris.")
            told = {"reason": reason, "outcome": outcome or _("la cellule est ignorée")}
            self.tell(f"{role}.{attribute}", text, sentence % told)
        return found

    def tell(self, key: str, value: str, sentence: str, *, is_notice: bool = False) -> None:
        anomaly = Anomaly(self.file, line_name(self.row.number), full_label(key), value[:300], sentence, is_notice)
        profile = _PROFILES.get(FIELDS[key].role, self.profile)
        self.told.anomalies.append((profile, anomaly))

    def tell_unread(self, header: tuple[str, ...]) -> None:
        sentence = _("Aucun champ n’a été choisi pour cette colonne\u00a0: la colonne est ignorée.")
        for index, name in enumerate(header):
            if index not in self.columns.values():
                self.told.anomalies.append((self.profile, Anomaly(self.file, "", name, "", sentence, is_notice=True)))

    # --- one line

    def read(self, row: Row) -> None:
        self.row = row
        if not self._is_ours():
            return
        person = self._person()
        if person is None:
            return
        if person.profile == Profile.TEACHER:
            for division in values.listed(self.text(Role.PERSON, "division")):
                self.told.trainers.setdefault((person.key, division[:40]), row.number)
        if person.profile in LEARNER_PROFILES:
            self._guardians(person)
            self._contract(person)
            self._trainer(person)

    def _is_ours(self) -> bool:
        text = self.text(Role.PERSON, "uai")
        if not text or values.uai(text) == self.uai:
            return True
        sentence = _("Cette ligne est d’un autre établissement que %(uai)s\u00a0: elle n’est pas reprise.")
        self.tell("personne.uai", text, sentence % {"uai": self.uai})
        return False

    def _person(self) -> Entry | None:
        role = Role.PERSON
        given = self.text(role, "profile")
        profile = values.profile(given) if given else self.profile
        if profile is None:
            self.tell(
                "personne.profile",
                given,
                _("Ce profil est inconnu\u00a0: la ligne est reprise avec le profil choisi pour le fichier."),
            )
            profile = self.profile
        if profile not in BROUGHT:
            sentence = _(
                "Un fichier n’ouvre pas ce profil\u00a0: la ligne n’est pas reprise."
                " Ouvrez-le dans «\u00a0Comptes\u00a0»."
            )
            self.tell("personne.profile", given, sentence)
            return None
        entry = self._human(role, profile)
        if entry is None:
            return None
        entry.birth_date = self.value(role, "birth_date", _("Cette date de naissance n’a pas été comprise"))
        entry.ine = self.value(role, "ine", _("Un INE compte neuf chiffres et deux lettres")) or ""
        entry.entered_on = self.value(role, "entered_on", _("Cette date n’a pas été comprise"))
        entry.birth_name = readable(self.text(role, "birth_name"))[:100]
        entry.aaf_id = self.text(role, "aaf_id")[:120]
        entry.function = self.text(role, "function")[:120]
        entry.division = self.text(role, "division")[:40]
        entry.mef = self.text(role, "mef").replace(" ", "")[:11]
        entry.groups = [group[:40] for group in values.listed(self.text(role, "groups"))]
        marks = [entry.id, entry.ine, entry.birth_date and entry.birth_date.isoformat(), entry.email]
        return self._met(role, entry, marks)

    def _human(self, role: Role, profile: Profile) -> Entry | None:
        """Whom the columns of a role name, or None where they name nobody."""
        last, first = self._name(role)
        if not last or not first:
            if last or first or (role == Role.PERSON and any(self.row.cells)):
                missing = f"{role}.first_name" if last else self._name_column(role)
                self.tell(missing, f"{last} {first}".strip(), _left_out(role, _("Il manque un nom ou un prénom")))
            return None
        entry = Entry(profile, self.row.number, readable(last)[:100], readable(first)[:100])
        entry.id = self.text(role, "id")[:120]
        entry.civility = (
            self.value(role, "civility", _("Cette civilité n’est ni «\u00a0M.\u00a0» ni «\u00a0Mme\u00a0»")) or ""
        )
        entry.email = self.value(role, "email", _("Cette adresse de courriel n’est pas valable")) or ""
        self._contact(role, entry)
        return entry

    def _name(self, role: Role) -> tuple[str, str]:
        last, first = self.text(role, "last_name"), self.text(role, "first_name")
        if (last and first) or f"{role}.full_name" not in self.columns:
            return last, first
        return split_name(self.text(role, "full_name"))

    def _contact(self, role: Role, entry: Entry) -> None:
        for kind in ("mobile", "home"):
            number = self.value(role, kind, _("Ce numéro de téléphone n’a pas été compris"))
            if number:
                entry.contact[kind] = number
        # A master is reached at their company.
        place = Role.COMPANY if role == Role.MASTER else role
        lines = [self.text(place, "address")[:100], self.text(place, "address_2")[:100]]
        if any(lines):
            entry.contact["address"] = [line for line in lines if line]
        if postal_code := values.postal_code(self.text(place, "postal_code")):
            entry.contact["postal_code"] = postal_code
        if city := self.text(place, "city"):
            entry.contact["city"] = city[:100]

    def _name_column(self, role: Role) -> str:
        """The key of the column that gives the last name."""
        together = f"{role}.full_name"
        return together if together in self.columns else f"{role}.last_name"

    # --- who is who

    def _met(self, role: Role, entry: Entry, marks: list[Any]) -> Entry | None:
        """The same human as on another line, completed, or a new one. Two people cannot bear one identifier."""
        mark = next((str(mark) for mark in marks if mark), "")
        entry.key = f"{entry.profile}:{entry.id}" if entry.id else ":".join((entry.profile, *entry.name, mark))
        known = self.told.entries.get(entry.key)
        if known is None:
            self.told.entries[entry.key] = entry
            return entry
        if known.name != entry.name:
            told = {"id": entry.id, "name": known.full_name, "line": line_name(known.line)}
            reason = _("L’identifiant %(id)s est déjà celui de %(name)s (%(line)s)") % told
            self.tell(f"{role}.id", entry.full_name, _left_out(role, reason))
            return None
        if role == Role.PERSON and known.line != entry.line:
            sentence = _("Cette personne est déjà à la %(line)s\u00a0: les deux lignes sont réunies en une personne.")
            told = {"line": line_name(known.line)}
            self.tell(self._name_column(role), entry.full_name, sentence % told, is_notice=True)
        self._complete(role, known, entry)
        return known

    def _complete(self, role: Role, known: Entry, entry: Entry) -> None:
        """What the first line leaves empty comes from this one; where both speak the first is kept, which is told."""
        for name in COMPLETED:
            before, after = getattr(known, name), getattr(entry, name)
            if not before:
                setattr(known, name, after)
            elif after and not _alike(before, after) and (name, entry.profile) != ("division", Profile.TEACHER):
                self._disagree(f"{role}.{name}", known, before, after)
        for name, after in entry.contact.items():
            before = known.contact.setdefault(name, after)
            if not _alike(before, after):
                place = Role.COMPANY if role == Role.MASTER and name in {"address", "postal_code", "city"} else role
                self._disagree(f"{place}.{name}", known, before, after)
        known.groups += [group for group in entry.groups if group not in known.groups]

    def _disagree(self, key: str, known: Entry, before: Any, after: Any) -> None:
        sentence = _(
            "%(name)s a déjà «\u00a0%(value)s\u00a0» à la %(line)s\u00a0: cette autre valeur est ignorée,"
            " le reste de la ligne est repris."
        )
        told = {"name": known.full_name, "value": _shown(before), "line": line_name(known.line)}
        self.tell(key, _shown(after), sentence % told)

    # --- those beside the person

    def _guardians(self, pupil: Entry) -> None:
        for rank, role in enumerate((Role.GUARDIAN_1, Role.GUARDIAN_2), 1):
            found = self._human(role, Profile.GUARDIAN)
            guardian = found and self._met(
                role, found, [found.email, found.contact.get("mobile"), found.contact.get("address"), pupil.key]
            )
            if guardian is None:
                continue
            relation = self.value(
                role, "relation", _("Ce lien de parenté est inconnu"), _("il est noté «\u00a0autre\u00a0»")
            )
            legal = self.value(
                role, "legal", _("Ce n’est ni oui ni non"), _("la personne est notée «\u00a0contact\u00a0»")
            )
            if legal is None:
                legal = LegalDuty.NONE if self.text(role, "legal") else LegalDuty.LEGAL
            link = Link(pupil.key, guardian.key, relation or Relation.OTHER, legal, rank, self.row.number)
            if not any((link.pupil, link.guardian) == (known.pupil, known.guardian) for known in self.told.links[-2:]):
                self.told.links.append(link)

    def _contract(self, apprentice: Entry) -> None:
        found = self._human(Role.MASTER, Profile.MASTER)
        company = self.text(Role.COMPANY, "name")[:200]
        master = found and self._met(
            Role.MASTER,
            found,
            [found.email, self.text(Role.COMPANY, "siret"), plain(company), found.contact.get("mobile")],
        )
        if master is None:
            if company and not found:
                self.tell(
                    "entreprise.name",
                    company,
                    _(
                        "L’entreprise est donnée sans maître d’apprentissage\u00a0: elle est ignorée,"
                        " le reste de la ligne est repris."
                    ),
                )
            return
        master.function = master.function or self.text(Role.MASTER, "function")[:120]
        not_siret = _("Ce SIRET n’est pas valable (quatorze chiffres, dont une clé)")
        not_day = _("Cette date n’a pas été comprise")
        self.told.contracts.append(
            Contract(
                apprentice.key,
                master.key,
                company,
                self.value(Role.COMPANY, "siret", not_siret) or "",
                self.value(Role.COMPANY, "starts", not_day),
                self.value(Role.COMPANY, "ends", not_day),
                self.row.number,
            )
        )

    def _trainer(self, learner: Entry) -> None:
        if not learner.division:
            return
        found = self._human(Role.TRAINER, Profile.TEACHER)
        trainer = found and self._met(Role.TRAINER, found, [found.email])
        if trainer:
            self.told.trainers.setdefault((trainer.key, learner.division), self.row.number)


_PROFILES = {
    Role.GUARDIAN_1: Profile.GUARDIAN,
    Role.GUARDIAN_2: Profile.GUARDIAN,
    Role.MASTER: Profile.MASTER,
    Role.COMPANY: Profile.MASTER,
    Role.TRAINER: Profile.TEACHER,
}
_READERS = {
    "birth_date": values.birth_date,
    "ine": values.ine,
    "entered_on": values.day,
    "civility": values.civility,
    "email": values.email,
    "mobile": values.phone,
    "home": values.phone,
    "relation": values.relation,
    "legal": values.legal,
    "siret": values.siret,
    "starts": values.day,
    "ends": values.day,
}


def _left_out(role: Role, reason: str) -> str:
    """Why somebody is not imported, and what becomes of the line."""
    if role == Role.PERSON:
        return _("%(reason)s\u00a0: la ligne n’est pas reprise.") % {"reason": reason}
    return _("%(reason)s\u00a0: cette personne n’est pas reprise, le reste de la ligne l’est.") % {"reason": reason}


def _alike(before: Any, after: Any) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        return plain(before) == plain(after)
    return bool(before == after)


def _shown(value: Any) -> str:
    """A value as one writes it in a cell."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return ", ".join(value) if isinstance(value, list) else str(value)


def split_name(text: str) -> tuple[str, str]:
    """« DE LA TOUR Marie-Claude » as last and first names; without capitals, the first word is the last name."""
    words = [word for word in text.split() if values.civility(word) is None or len(word) == 1]
    shouted = [word for word in words if word.isupper() and len(word) > 1]
    if shouted and len(shouted) < len(words):
        return " ".join(shouted), " ".join(word for word in words if word not in shouted)
    return (words[0], " ".join(words[1:])) if len(words) > 1 else ("", text)
