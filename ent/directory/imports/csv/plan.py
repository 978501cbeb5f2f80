"""Compares what a file says with what the directory knows: the rows to add and to change, and how to tell it.

An empty cell says nothing: it clears nothing. What the académie's directory gives is left to it: a file only
completes it. What a file once brought, a file may change, and end when asked to.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.directory.actions.csv_imports import Plan
from ent.directory.actions.imports.attempt import past_threshold
from ent.directory.actions.imports.changes import Line, shown, sublabel
from ent.directory.actions.imports.runs import Note
from ent.directory.enums import LEARNER_PROFILES, Effect, ExternalSystem, ImportEntity, Profile, Source
from ent.directory.imports.csv.known import Ambiguous, Known, family_of
from ent.directory.imports.csv.people import Contract, Entry, Link, Told
from ent.directory.imports.csv.reading import line_name
from ent.directory.imports.names import login_base, plain
from ent.directory.imports.problems import Anomaly
from ent.directory.models import (
    Apprenticeship,
    Division,
    Enrolment,
    ExternalId,
    Group,
    Guardianship,
    Membership,
    Person,
    Schooling,
    TeachingAssignment,
)
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import SchoolYear

# A row stands after those it points to.
STRUCTURES: tuple[type[Model], ...] = (SchoolYear, Division, Group)
ORDER: tuple[type[Model], ...] = (
    Person,
    ExternalId,
    Membership,
    Schooling,
    Enrolment,
    Guardianship,
    Apprenticeship,
    TeachingAssignment,
)
IDENTITY = {
    "civility": gettext_lazy("Civilité"),
    "last_name": gettext_lazy("Nom"),
    "first_name": gettext_lazy("Prénom"),
    "birth_name": gettext_lazy("Nom de famille"),
    "birth_date": gettext_lazy("Date de naissance"),
    "email": gettext_lazy("Courriel"),
    "ine": "INE",
}
CONTACT = {
    "address": gettext_lazy("Adresse"),
    "postal_code": gettext_lazy("Code postal"),
    "city": gettext_lazy("Commune"),
    "home": gettext_lazy("Téléphone du domicile"),
    "mobile": gettext_lazy("Téléphone portable"),
}


def make_plan(told: Told, known: Known, *, close_missing: bool, file: str) -> Plan:
    """What the file does in the school. `close_missing` ends what a file brought and this one no longer names: past
    the threshold of every import, a person must agree."""
    planner = _Planner(told, known, file)
    planner.people()
    planner.links()
    planner.contracts()
    planner.trainers()
    if close_missing:
        planner.close_missing()
    return planner.finish()


class _Planner:
    """Fills a plan, person after person."""

    def __init__(self, told: Told, known: Known, file: str) -> None:
        self.told, self.known, self.file = told, known, file
        self.day = known.day
        self.plan = Plan()
        self.rows: dict[type[Model], list[Model]] = {model: [] for model in STRUCTURES + ORDER}
        self.line_of: dict[str, Line] = {}
        # The membership of each entry that is imported, by its key; who is already taken, by profile.
        self.places: dict[str, Membership] = {}
        self.taken: dict[tuple[int, str], Entry] = {}
        self.new_division: dict[int, str] = {}
        self.structures: set[str] = set()

    def add(self, row: Any) -> Any:
        self.rows[type(row)].append(row)
        return row

    def change(self, row: Any, **values: Any) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        if row.pk:
            self.plan.changed.setdefault(row, set()).update(values)

    def tell(self, entry: Entry, field: str, value: str, sentence: str, *, is_notice: bool = False) -> None:
        self.plan.notes.append(
            Note(
                entity_of(entry.profile), sentence, self.file, line_name(entry.line), field, value,
                self.known.school.pk, is_notice,
            )
        )  # fmt: skip

    # --- people

    def people(self) -> None:
        for entry in self.told.entries.values():
            try:
                person = self.known.find(entry)
            except Ambiguous:
                sentence = _(
                    "Plusieurs personnes portent ce nom dans l’établissement\u00a0:"
                    " la ligne n’est pas reprise. Ajoutez une date de naissance ou un identifiant."
                )
                self.tell(entry, _("Nom"), entry.full_name, sentence)
                continue
            if person and (other := self.taken.get((person.pk, entry.profile))):
                sentence = _("Cette personne est déjà celle de la %(line)s\u00a0: cette ligne n’est pas reprise.")
                self.tell(entry, _("Nom"), entry.full_name, sentence % {"line": line_name(other.line)})
                continue
            self._person(entry, person)

    def _person(self, entry: Entry, person: Person | None) -> None:
        line = Line(
            Effect.CHANGED,
            entity_of(entry.profile),
            str(person.pk) if person else line_name(entry.line),
            entry.full_name,
        )
        self.line_of[entry.key] = line
        if person is None:
            person = self._new_person(entry)
            line.effect = Effect.CREATED
        else:
            self.taken[person.pk, entry.profile] = entry
            line.label = person.full_name
            self._change_person(entry, person, line)
        membership = self._membership(entry, person, line)
        self.places[entry.key] = membership
        if entry.profile in LEARNER_PROFILES:
            self._schooling(entry, membership)
            self._division(entry, membership, line)
            self._groups(entry, membership, line)
        line.sublabel = sublabel(membership.profile, membership.function, self._division_of(membership))

    def _new_person(self, entry: Entry) -> Person:
        names = ("civility", "last_name", "first_name", "birth_name", "birth_date", "email")
        person = Person(home_school=self.known.school, contact=entry.contact or None, ine=entry.ine or None)
        for name in names:
            setattr(person, name, getattr(entry, name))
        self.add(person)
        if entry.id:
            self._number(entry, person)
        return person

    def _number(self, entry: Entry, person: Person) -> bool:
        """Give a person the school's own number for them, which nobody bore before. Says whether it could be given."""
        if entry.id in self.known.worn_out:
            sentence = _(
                "Cet identifiant est celui d’une personne qui a quitté l’établissement\u00a0: il n’est pas repris,"
                " le reste de la ligne l’est. Donnez-en un autre."
            )
            self.tell(entry, _("Identifiant de l’établissement"), entry.id, sentence)
            return False
        self.add(ExternalId(person=person, system=ExternalSystem.CSV, issuer=self.known.school.uai, value=entry.id))
        return True

    def _change_person(self, entry: Entry, person: Person, line: Line) -> None:
        """What another source or another school looks after is completed, never changed; nor is whoever oversees the
        school: an e-mail address opens an account."""
        if person.pk in self.known.overseers:
            return
        ours = person.home_school_id == self.known.school.pk and person.pk not in self.known.fed_by_aaf
        for name, label in IDENTITY.items():
            before, after = getattr(person, name), getattr(entry, name)
            if after and not _same(name, before, after) and (ours or not before):
                line.fields.append([str(label), shown(before), shown(after)])
                self.change(person, **{name: after})
        contact = dict(person.contact or {})
        for name, label in CONTACT.items():
            before, after = contact.get(name), entry.contact.get(name)
            if after and before != after and (ours or not before):
                line.fields.append([str(label), shown(before), shown(after)])
                contact[name] = after
        if contact != (person.contact or {}):
            self.change(person, contact=contact)
        if entry.id and (ExternalSystem.CSV, entry.id) not in self.known.ids and self._number(entry, person):
            line.fields.append([_("Identifiant de l’établissement"), "", entry.id])

    def _membership(self, entry: Entry, person: Person, line: Line) -> Membership:
        """The place of the person in the school; a learner keeps theirs, whatever word the file has for it."""
        mine = self.known.memberships[person.pk] if person.pk else {}
        open_ones = [m for m in mine.values() if m.profile in family_of(entry.profile) and not _is_over(m, self.day)]
        membership = mine.get(entry.profile) or next(iter(open_ones), None)
        if membership is None:
            new = Membership(
                person=person, school=self.known.school, profile=entry.profile, function=entry.function,
                starts=self._start(entry), source=Source.CSV,
            )  # fmt: skip
            if line.effect != Effect.CREATED:
                line.fields.append([_("Profil"), "", str(Profile(entry.profile).label)])
            return self.add(new)
        if _is_over(membership, self.day):
            line.effect = Effect.REOPENED
            self.change(membership, ends=None, grace_until=None, source=Source.CSV)
        if entry.function and entry.function != membership.function and membership.source == Source.CSV:
            line.fields.append([_("Fonction"), membership.function, entry.function])
            self.change(membership, function=entry.function)
        return membership

    def _start(self, entry: Entry) -> date:
        return min(entry.entered_on or self.day, self.day)

    def _schooling(self, entry: Entry, membership: Membership) -> None:
        if not entry.mef:
            return
        mef = self.known.mefs.get(entry.mef)
        if mef is None:
            self.tell(
                entry,
                "MEF",
                entry.mef,
                _("Ce code MEF est inconnu\u00a0: il est ignoré, le reste de la ligne est repris."),
            )
            return
        schooling = getattr(membership, "schooling", None) if membership.pk else None
        if schooling is None:
            self.add(Schooling(school=self.known.school, membership=membership, mef=mef))
        elif schooling.mef_id is None:
            self.change(schooling, mef=mef)

    # --- divisions and groups

    def _division(self, entry: Entry, membership: Membership, line: Line) -> None:
        if not entry.division:
            return
        division = self._structure(entry.division, Division)
        current = next((e for e in self._enrolled(membership) if e.division_id or e.division), None)
        if current is None:
            line.fields.append([_("Classe"), "", division.label])
            self._enrol(membership, division=division)
        elif current.division != division:
            self._move(entry, membership, current, division, line)
        elif current.ends == self.day:  # ended this very day, by the file before
            line.fields.append([_("Classe"), "", division.label])
            self.change(current, ends=None)

    def _move(self, entry: Entry, membership: Membership, current: Enrolment, division: Division, line: Line) -> None:
        if current.source != Source.CSV:
            sentence = _(
                "La classe de cette personne vient d’une autre source (%(label)s)\u00a0: elle est gardée,"
                " celle du fichier est ignorée."
            )
            label = current.division.label if current.division else ""
            self.tell(entry, _("Classe"), entry.division, sentence % {"label": label}, is_notice=True)
            return
        line.fields.append([_("Classe"), current.division.label if current.division else "", division.label])
        if current.starts >= self.day:
            self.change(current, division=division)
            return
        self.change(current, ends=self.day - timedelta(days=1))
        self._enrol(membership, division=division)

    def _groups(self, entry: Entry, membership: Membership, line: Line) -> None:
        """A line that names groups names them all: those that a file had given and this one does not are left."""
        if not entry.groups:
            return
        wanted = {group.code: group for group in (self._structure(label, Group) for label in entry.groups)}
        for enrolment in self._enrolled(membership):
            if enrolment.group is None:
                continue
            if wanted.pop(enrolment.group.code, None):
                if enrolment.ends == self.day:
                    self.change(enrolment, ends=None)
                continue
            if enrolment.source == Source.CSV:
                line.fields.append([_("Groupe"), enrolment.group.label, ""])
                self.change(enrolment, ends=max(enrolment.starts, self.day - timedelta(days=1)))
        for group in wanted.values():
            line.fields.append([_("Groupe"), "", group.label])
            self._enrol(membership, group=group)

    def _enrolled(self, membership: Membership) -> list[Enrolment]:
        return list(self.known.enrolments[membership.pk]) if membership.pk else []

    def _enrol(self, membership: Membership, **place: Any) -> None:
        starts = max(self.day, membership.starts) if membership.pk else membership.starts
        self.add(Enrolment(school=self.known.school, membership=membership, starts=starts, source=Source.CSV, **place))
        if division := place.get("division"):
            self.new_division[id(membership)] = division.label

    def _division_of(self, membership: Membership) -> str:
        labels = [enrolment.division.label for enrolment in self._enrolled(membership) if enrolment.division]
        return self.new_division.get(id(membership)) or next(iter(labels), "")

    def _structure(self, label: str, model: Any) -> Any:
        """The division or the group of that code or name, added where there is none."""
        known = self.known.divisions if model is Division else self.known.groups
        found = known.get(plain(label))
        if found is None:
            found = model(
                school=self.known.school, year=self._year(), code=label[:40], label=label[:120], source=Source.CSV
            )
            known[plain(label)] = self.add(found)
            kind = _("Classe") if model is Division else _("Groupe")
            self.plan.lines.append(Line(Effect.CREATED, ImportEntity.STRUCTURES, label[:120], label, kind))
        elif not found.is_open and found not in self.plan.changed:
            self.change(found, is_open=True)
            self.plan.lines.append(Line(Effect.REOPENED, ImportEntity.STRUCTURES, label[:120], found.label))
        self.structures.add(plain(found.code))
        return found

    def _year(self) -> SchoolYear:
        if self.known.year is None:
            first = self.day.year - (self.day.month < 8)
            self.known.year = self.add(
                SchoolYear(
                    school=self.known.school, label=f"{first}-{first + 1}", starts=date(first, 9, 1),
                    ends=date(first + 1, 8, 31), state=YearState.CURRENT,
                )
            )  # fmt: skip
        return self.known.year

    # --- links

    def links(self) -> None:
        for link in self.told.links:
            pupil, guardian = self.places.get(link.pupil), self.places.get(link.guardian)
            if pupil and guardian:
                self._link(link, pupil.person, guardian.person)

    def _link(self, link: Link, pupil: Person, guardian: Person) -> None:
        entry = self.told.entries[link.pupil]
        if pupil is guardian or (pupil.pk and pupil.pk == guardian.pk):
            self.tell(
                entry,
                _("Responsable"),
                guardian.full_name,
                _("Cette personne serait son propre responsable\u00a0: ce lien est ignoré, le reste est repris."),
            )
            return
        line, label = self.line_of[link.pupil], guardian.full_name
        known = self.known.guardianships.get((pupil.pk, guardian.pk)) if pupil.pk and guardian.pk else None
        if guardian.pk and pupil.pk and (guardian.pk, pupil.pk) in self.known.guardianships:
            sentence = _(
                "Ces deux personnes seraient responsables l’une de l’autre\u00a0: ce lien est ignoré,"
                " le reste de la ligne est repris."
            )
            self.tell(entry, _("Responsable"), label, sentence)
        elif known is None:
            line.fields.append([_("Responsable"), "", label])
            self.add(
                Guardianship(
                    pupil=pupil, guardian=guardian, relation=link.relation, legal=link.legal,
                    contact_rank=link.rank, source=Source.CSV,
                )
            )  # fmt: skip
        elif known.source == Source.CSV and (known.relation, known.legal) != (link.relation, link.legal):
            line.fields.append(
                [_("Responsable"), f"{label}, {known.get_relation_display()}", f"{label}, {link.relation.label}"]
            )
            self.change(known, relation=link.relation, legal=link.legal)

    def contracts(self) -> None:
        named: dict[int, set[int]] = {}
        seen: set[tuple[int, int]] = set()
        for contract in self.told.contracts:
            apprentice, master = self.places.get(contract.apprentice), self.places.get(contract.master)
            if apprentice is None or master is None or (id(apprentice), id(master)) in seen:
                continue
            seen.add((id(apprentice), id(master)))
            if apprentice.pk:
                named.setdefault(apprentice.pk, set()).add(master.pk)
            self._contract(contract, apprentice, master)
        for (apprentice_pk, master_pk), row in self.known.apprenticeships.items():
            if apprentice_pk in named and master_pk not in named[apprentice_pk]:
                self._end_contract(row)

    def _contract(self, contract: Contract, apprentice: Membership, master: Membership) -> None:
        line, label = self.line_of[contract.apprentice], master.person.full_name
        told = {
            "company": contract.company,
            "company_siret": contract.siret,
            "starts": contract.starts,
            "ends": contract.ends,
        }
        told = {name: value for name, value in told.items() if value}
        if contract.ends and contract.starts and contract.ends < contract.starts:
            entry = self.told.entries[contract.apprentice]
            self.tell(
                entry,
                _("Fin du contrat"),
                shown(contract.ends),
                _("Le contrat finirait avant de commencer\u00a0: sa fin est ignorée, le reste de la ligne est repris."),
            )
            told.pop("ends")
        known = self.known.apprenticeships.get((apprentice.pk, master.pk)) if apprentice.pk and master.pk else None
        if known is None:
            line.fields.append([_("Maître d’apprentissage"), "", ", ".join(filter(None, (label, contract.company)))])
            self.add(
                Apprenticeship(
                    **{"starts": self.day, **told}, school=self.known.school, apprentice=apprentice, master=master,
                    source=Source.CSV,
                )
            )  # fmt: skip
            return
        labels = {
            "company": _("Entreprise"),
            "company_siret": "SIRET",
            "starts": _("Début du contrat"),
            "ends": _("Fin du contrat"),
        }
        for name, after in told.items():
            if getattr(known, name) != after:
                line.fields.append([labels[name], shown(getattr(known, name)), shown(after)])
                self.change(known, **{name: after})

    def _end_contract(self, row: Apprenticeship) -> None:
        """The file names other masters: this contract is over."""
        before = self.day - timedelta(days=1)
        if row.source != Source.CSV or (row.ends and row.ends <= before):
            return
        self.change(row, ends=max(row.starts, before))
        place = next((key for key, m in self.places.items() if m.pk == row.apprentice_id), None)
        if place:
            self.line_of[place].fields.append([_("Maître d’apprentissage"), row.company, ""])

    def trainers(self) -> None:
        """A trainer who follows the learners of a division teaches them."""
        for key, label in self.told.trainers:
            membership = self.places.get(key)
            if membership is None:
                continue
            division = self._structure(label, Division)
            if membership.pk and division.pk and (membership.pk, division.pk) in self.known.taught:
                continue
            self.line_of[key].fields.append([_("Service d’enseignement"), "", division.label])
            self.add(
                TeachingAssignment(
                    school=self.known.school, membership=membership, division=division, source=Source.CSV
                )
            )

    # --- who is no longer there

    def close_missing(self) -> None:
        """End what a file brought in the profiles this one speaks of, and does not name."""
        kept = {membership.pk for membership in self.places.values()}
        spoken = {entry.profile for entry in self.told.entries.values()}
        for membership in self._brought():
            if membership.pk in kept or membership.profile not in spoken:
                continue
            person = self.known.people[membership.person_id]
            ends = max(self.day, membership.starts)
            line = Line(Effect.CLOSED, entity_of(membership.profile), str(person.pk), person.full_name)
            line.sublabel = sublabel(membership.profile, membership.function, self._division_of(membership))
            line.fields.append([_("Inscription"), line.sublabel, ""])
            self.change(membership, ends=ends, grace_until=three_months_after(ends))
            for enrolment in self._enrolled(membership):
                self.change(enrolment, ends=max(self.day, enrolment.starts))
            self.plan.lines.append(line)
            self._count_departure(membership)

    def _brought(self) -> Iterable[Membership]:
        """The open memberships that files have brought."""
        for mine in self.known.memberships.values():
            yield from (m for m in mine.values() if m.source == Source.CSV and m.pk and not self._was_over(m))

    def _was_over(self, membership: Membership) -> bool:
        return _is_over(membership, self.day) or "grace_until" in self.plan.changed.get(membership, ())

    def _count_departure(self, membership: Membership) -> None:
        if membership.profile in LEARNER_PROFILES:
            self.plan.leaving += 1
        else:
            self.plan.staff_leaving += 1

    # --- the end

    def finish(self) -> Plan:
        plan = self.plan
        plan.structures = [row for model in STRUCTURES for row in self.rows[model]]
        plan.new = [row for model in ORDER for row in self.rows[model]]
        self._count_brought()
        touched = [line for line in self.line_of.values() if line.fields or line.effect != Effect.CHANGED]
        plan.lines = [*touched, *plan.lines]
        plan.notes = [*self._reading_notes(), *plan.notes]
        plan.counts = self._counts()
        plan.accounts = [
            (m.person, login_base(m.person.first_name, m.person.last_name))
            for m in {id(m.person): m for m in self.places.values()}.values()
            if m.person.account_id is None
        ]
        plan.stopped = past_threshold(plan.leaving, plan.pupils) or past_threshold(plan.staff_leaving, plan.staff)
        return plan

    def _count_brought(self) -> None:
        """Those whom files have brought: the ones who stay, and the ones who would leave."""
        staying = Counter(m.profile in LEARNER_PROFILES for m in self._brought())
        self.plan.pupils, self.plan.staff = staying[True] + self.plan.leaving, staying[False] + self.plan.staff_leaving

    def _reading_notes(self) -> Iterable[Note]:
        for profile, anomaly in self.told.anomalies:
            yield _note_of(entity_of(profile), anomaly, self.known.school.pk)

    def _counts(self) -> dict[str, dict[str, int]]:
        names = {
            Effect.CREATED: "created",
            Effect.CHANGED: "changed",
            Effect.CLOSED: "closed",
            Effect.REOPENED: "reopened",
        }
        counts: dict[str, dict[str, int]] = {
            entity.value: dict.fromkeys((*names.values(), "unchanged", "anomalies"), 0) for entity in ENTITIES
        }
        for line in self.plan.lines:
            counts[line.entity][names[Effect(line.effect)]] += 1
        for key, line in self.line_of.items():
            if not line.fields and line.effect == Effect.CHANGED and key in self.places:
                counts[line.entity]["unchanged"] += 1
        told = sum(1 for line in self.plan.lines if line.entity == ImportEntity.STRUCTURES)
        counts[ImportEntity.STRUCTURES]["unchanged"] = max(0, len(self.structures) - told)
        if not any(counts[ImportEntity.MASTERS].values()):
            del counts[ImportEntity.MASTERS]
        return counts


ENTITIES = (
    ImportEntity.PUPILS,
    ImportEntity.GUARDIANS,
    ImportEntity.STAFF,
    ImportEntity.MASTERS,
    ImportEntity.STRUCTURES,
)


def entity_of(profile: str) -> str:
    """Under which line of the report a profile is counted."""
    if profile in LEARNER_PROFILES:
        return ImportEntity.PUPILS
    if profile == Profile.GUARDIAN:
        return ImportEntity.GUARDIANS
    return ImportEntity.MASTERS if profile in {Profile.MASTER, Profile.GUEST} else ImportEntity.STAFF


def three_months_after(day: date) -> date:
    """How long one still reads one's own things (arrêté of 30 November 2006, art. 6)."""
    year, month = divmod(day.year * 12 + day.month - 1 + 3, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _same(name: str, before: Any, after: Any) -> bool:
    """« PERRIN » and « Perrin » are one name; « Helene » is « Hélène » written without care."""
    if name in {"last_name", "first_name", "birth_name"}:
        return plain(before or "") == plain(after)
    if name == "email":
        return (before or "").lower() == after
    return bool(before == after)


def _is_over(membership: Membership, day: date) -> bool:
    return membership.ends is not None and membership.ends <= day


def _note_of(entity: str, anomaly: Anomaly, school_id: int) -> Note:
    return Note(
        entity, anomaly.sentence, anomaly.file, anomaly.entry_id, anomaly.attribute, anomaly.value, school_id,
        anomaly.is_notice,
    )  # fmt: skip
