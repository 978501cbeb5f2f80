"""From a record to the facts that are staged: plain JSON with the schools' own ids, and what must be sealed.

A fact is there only when the entry speaks of it; an empty value means that it is to be cleared. Keys, by entity:

- everybody: last, first, birth_name, others, civility, born, email, shares, login (base of the account's identifier)
- pupils: roles, full, divisions, groups, links, schooling, siecle
- staff: roles, full, functions, services (divisions), group_services, heads, sts
- schools: divisions, groups, and the school's public facts
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from ent.directory.enums import ImportEntity
from ent.directory.imports.aaf import facts
from ent.directory.imports.aaf.facts import Anomalies, Assignment
from ent.directory.imports.aaf.reader import Record
from ent.directory.imports.aaf.sources import Entity
from ent.directory.imports.problems import Anomaly

Facts = dict[str, Any]

ENTITIES: dict[Entity, ImportEntity] = {
    Entity.SCHOOL: ImportEntity.STRUCTURES,
    Entity.QUALIFICATION: ImportEntity.MEFS,
    Entity.SUBJECT: ImportEntity.SUBJECTS,
    Entity.PUPIL: ImportEntity.PUPILS,
    Entity.GUARDIAN: ImportEntity.GUARDIANS,
    Entity.STAFF: ImportEntity.STAFF,
}


@dataclass(frozen=True, slots=True)
class Schools:
    """The schools by their AAF identifier. Those that are not open in the ENT are known, and left aside in silence."""

    open: Mapping[str, int]
    closed: Set[str] = frozenset()


@dataclass(slots=True)
class Entry:
    """What is staged of one record. `contact` and `social` are JSON objects, where None clears a key."""

    facts: Facts = field(default_factory=dict)
    contact: Facts | None = None
    ine: str | None = None
    social: Facts | None = None


def entry_of(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    """The facts of one record. What cannot be understood goes to `anomalies`; nothing raises."""
    return _READERS[record.entity](record, schools, anomalies)


# --- Identity


# The attributes of one plain value, read in one pass: the part of the entry they go to, their key, the longest.
_PLAIN: dict[str, tuple[int, str, int]] = {}
_WHO, _CONTACT, _SCHOOLING = range(3)


def _plain_values(part: int, **attributes: tuple[str, int]) -> None:
    for name, (key, longest) in attributes.items():
        _PLAIN[name] = (part, key, longest)


_plain_values(
    _WHO,
    sn=("last", 100),
    ENTPersonNom=("last", 100),
    givenName=("first", 100),
    ENTPersonPrenom=("first", 100),
    ENTPersonNomPatro=("birth_name", 100),
)
_plain_values(
    _CONTACT,
    homePhone=("home", 40),
    telephoneNumber=("work", 40),
    mobile=("mobile", 40),
    ENTPersonMobileSMS=("sms", 40),
    ENTPersonAdresse=("address", 400),
    ENTPersonCodePostal=("postal_code", 10),
    ENTPersonVille=("city", 100),
    ENTPersonPays=("country", 100),
)
_plain_values(
    _SCHOOLING,
    ENTEleveMEF=("mef", 11),
    ENTEleveStatutEleve=("status", 30),
    ENTEleveNivFormation=("level", 120),
    ENTEleveFiliere=("track", 120),
)


def _parts(record: Record, anomalies: Anomalies) -> tuple[Facts, Facts, Facts]:
    """The plain values of an entry, in three parts: who, contact, schooling. Nothing costs more than this loop."""
    parts: tuple[Facts, Facts, Facts] = ({}, {}, {})
    for name, values in record.attributes.items():
        known = _PLAIN.get(name)
        if known is not None:
            part, key, longest = known
            value = values[0] if values else ""
            if len(value) > longest:
                value = _cut(value, record, name, longest, anomalies)
            parts[part][key] = value
    return parts


def _identity(record: Record, found: Facts, anomalies: Anomalies) -> None:
    """Complete the plain values of `found` with what else an entry says of who the person is."""
    for key in ("last", "birth_name", "first"):
        if key in found:
            found[key] = _readable(found[key])
    others = record.attributes.get("ENTPersonAutresPrenoms")
    if others is not None:
        found["others"] = ", ".join(others)[:200]
    if (civility := facts.title(record, anomalies)) is not None:
        found["civility"] = civility
    if "ENTPersonDateNaissance" in record.attributes:
        born = facts.day(record, "ENTPersonDateNaissance", anomalies)
        found["born"] = born.isoformat() if born else None
    if (email := facts.mail(record, anomalies)) is not None:
        found["email"] = email
    if record.operation == "add":
        found["login"] = login_base(found.get("first", ""), found.get("last", ""))
    if ("last" in found and not found["last"]) or (record.operation == "add" and "last" not in found):
        _report(record, "sn", "", _("Cette personne n’a pas de nom : elle est notée « Sans nom »."), anomalies)
        found["last"] = "Sans nom"


def _cut(value: str, record: Record, name: str, longest: int, anomalies: Anomalies) -> str:
    sentence = _("Cette valeur est trop longue : elle est coupée à %(longest)d caractères.") % {"longest": longest}
    _report(record, name, value, sentence, anomalies)
    return value[:longest]


# AAF writes names in capitals: « MOREAU » reads « Moreau ».
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=50_000)
def _readable(name: str) -> str:
    """« MARTIN-DUPONT » as « Martin-Dupont », « DE LA TOUR » as « De La Tour »; what is not all capitals stays."""
    if not name.isupper() or len(name) == 1:
        return name
    return _WORD.sub(lambda word: word[0].capitalize(), name)


@lru_cache(maxsize=50_000)
def _plain(name: str) -> str:
    """Lower-case ASCII letters and single hyphens: « Hélène-Marie d’Œuf » gives « helene-marie-d-oeuf »."""
    text = name.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"[^a-z]+", "-", text).strip("-")


def login_base(first: str, last: str) -> str:
    """`prenom.nom`, at most 70 characters and without digits: a number is added where it is taken."""
    return ".".join(part for part in (_plain(first)[:35], _plain(last)[:34]) if part) or "compte"


def _contact(record: Record, found: Facts) -> Facts | None:
    """Phones and address, only what is spoken of. In a whole entry (`add`) what is empty is left out instead."""
    if "address" in found:
        found["address"] = [line for part in found["address"].split("$") if (line := part.strip())]
    return _whole(record, {key: value or None for key, value in found.items()})


def _whole(record: Record, found: Facts) -> Facts | None:
    if record.operation == "add":
        found = {key: value for key, value in found.items() if value is not None}
    return found or None


# --- Pupils


def _pupil(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    found, contact, schooling = _parts(record, anomalies)
    _identity(record, found, anomalies)
    _pupil_places(record, found, schools, anomalies)
    links = facts.guardian_links(record, anomalies)
    if links is not None:
        found["links"] = [
            {"g": one.guardian_id[:120], "r": one.relation, "l": one.legal, "p": one.pays, "c": rank, "q": payment}
            for one, rank, payment in _ranked(links)
        ]
    _schooling(record, schooling, anomalies)
    if schooling:
        found["schooling"] = schooling
    siecle = facts.text(record, "ENTEleveStructRattachId")
    if siecle:
        found["siecle"] = siecle[:120]
    return Entry(found, _contact(record, contact), facts.text(record, "ENTEleveINE"), _social(record, anomalies))


def _pupil_places(record: Record, found: Facts, schools: Schools, anomalies: Anomalies) -> None:
    """Divisions, groups and the schools they are in, with that of attachment."""
    divisions = facts.pupil_divisions(record, anomalies)
    groups = facts.pupil_groups(record, anomalies)
    attached = facts.text(record, "ENTPersonStructRattach")
    starts = {
        (one.school_id, one.code): one.day.isoformat()
        for one in facts.pupil_days(record, "ENTEleveDateEntreeClasses", anomalies) or ()
    }
    if divisions is not None:
        found["divisions"] = [
            {"s": school, "c": one.code[:40], "f": starts.get((one.school_id, one.code))}
            for one, school in _in_schools(record, "ENTEleveClasses", divisions, schools, anomalies)
        ]
    if groups is not None:
        found["groups"] = [
            {"s": school, "c": one.code[:40]}
            for one, school in _in_schools(record, "ENTEleveGroupes", groups, schools, anomalies)
        ]
    home = _school(record, "ENTPersonStructRattach", attached, schools, anomalies) if attached else None
    places = {home: None} if home else {}
    places |= {place["s"]: None for place in [*found.get("divisions", ()), *found.get("groups", ())]}
    # Only a whole entry, or one that names the school of attachment, tells the schools that were left.
    if record.operation == "add" or attached is not None:
        found["full"] = True
    if places or found.get("full"):
        profile = None
        if record.operation == "add" or "ENTEleveStatutEleve" in record.attributes:
            profile = facts.pupil_profile(record)
        found["roles"] = [{"s": school, "p": profile, "f": ""} for school in places]
    elif "ENTEleveStatutEleve" in record.attributes:
        found["profile"] = facts.pupil_profile(record)


def _ranked(links: list[facts.GuardianLink]) -> Iterator[tuple[facts.GuardianLink, int, int]]:
    """Each link with the order in which to call and to pay. Files mostly know 0 and 1: their own order then decides."""
    called = sorted(
        (one for one in links if one.contact_rank or one.legal == 1),
        key=lambda one: (not one.contact_rank, one.contact_rank, one.legal != 1),
    )
    paid = sorted((one for one in links if one.payment_rank), key=lambda one: one.payment_rank)
    for one in links:
        rank = called.index(one) + 1 if one in called else 0
        yield one, rank, paid.index(one) + 1 if one in paid else 0


_SCHOOLING_DAYS = (("entered", "ENTEleveDateEntreeStructRattach"), ("left", "ENTEleveDateSortieStructRattach"))


def _schooling(record: Record, found: Facts, anomalies: Anomalies) -> None:
    subjects = facts.pupil_subjects(record, anomalies)
    if subjects is not None:
        found["subjects"] = [{"code": one.code, "label": one.label} for one in subjects]
    for key, name in _SCHOOLING_DAYS:
        days = facts.pupil_days(record, name, anomalies)
        if days is not None:
            found[key] = days[0].day.isoformat() if days else None


def _social(record: Record, anomalies: Anomalies) -> Facts | None:
    found: Facts = {}
    boarding = facts.text(record, "ENTEleveRegime")
    if boarding is not None:
        found["boarding"] = boarding or None
    for key, name in (("transport", "ENTEleveTransport"), ("scholarship", "ENTEleveBoursier")):
        if name in record.attributes:
            found[key] = facts.flag(record, name, anomalies)
    return _whole(record, found)


# --- Guardians and staff


def _guardian(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    found, contact, _schooling = _parts(record, anomalies)
    _identity(record, found, anomalies)
    shares = facts.flag(record, "ENTPersonAdresseDiffusion", anomalies)
    if shares is not None:
        found["shares"] = shares
    return Entry(found, _contact(record, contact))


def _staff(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    found, contact, _schooling = _parts(record, anomalies)
    _identity(record, found, anomalies)
    roles = facts.roles(record, anomalies)
    if roles is not None:
        found["full"] = True
        found["roles"] = [
            {"s": school, "p": role.profile, "f": role.function[:120]}
            for role, school in _in_schools(record, "ENTPersonFonctions", roles, schools, anomalies)
        ]
    functions = facts.functions_with_profiles(record)
    if functions is not None:
        found["functions"] = [
            {"s": school, "p": profile, "c": one.code[:10], "l": one.label[:120], "dc": one.discipline_code[:20],
             "d": one.discipline[:120]}
            for one, profile in functions if (school := schools.open.get(one.school_id))
        ]  # fmt: skip
    _services(record, found, "services", facts.division_assignments(record, anomalies), schools, anomalies)
    _services(record, found, "group_services", facts.group_assignments(record, anomalies), schools, anomalies)
    heads = facts.headed_divisions(record, anomalies)
    if heads is not None:
        named = _in_schools(record, "ENTAuxEnsClassesPrincipal", heads, schools, anomalies)
        found["heads"] = [{"s": school, "c": one.code[:40]} for one, school in named]
    sts = facts.text(record, "ENTPersonSTSId")
    if sts:
        found["sts"] = sts[:120]
    return Entry(found, _contact(record, contact))


def _services(
    record: Record,
    found: Facts,
    key: str,
    services: list[Assignment] | None,
    schools: Schools,
    anomalies: Anomalies,
) -> None:
    if services is not None:
        named = _in_schools(record, "ENTAuxEnsClassesMatieres", services, schools, anomalies)
        found[key] = [{"s": school, "c": one.code[:40], "m": one.subject_code[:10]} for one, school in named]


# --- Schools and nomenclatures


def _structures(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    found: Facts = {}
    for key, structures in (
        ("divisions", facts.divisions(record, anomalies)),
        ("groups", facts.groups(record, anomalies)),
    ):
        if structures is not None:
            found[key] = [
                {"c": one.code[:40], "l": (one.label or one.code)[:120], "parts": [part[:40] for part in one.parts]}
                for one in structures
            ]
    found["school"] = schools.open.get(record.id)
    return Entry(found)


def _nomenclature(record: Record, schools: Schools, anomalies: Anomalies) -> Entry:
    found = {}
    for key, names, longest in (
        ("label", ("ENTLibelleMef", "ENTLibelleMatiere"), 200),
        ("parent", ("ENTMEFRattach", "ENTMatiereRattach"), 10 if record.entity is Entity.SUBJECT else 11),
        ("stat", ("ENTMEFSTAT11",), 11),
    ):
        value = facts.text(record, *names)
        if value is not None:
            found[key] = value[:longest]
    return Entry(found)


_READERS = {
    Entity.SCHOOL: _structures,
    Entity.QUALIFICATION: _nomenclature,
    Entity.SUBJECT: _nomenclature,
    Entity.PUPIL: _pupil,
    Entity.GUARDIAN: _guardian,
    Entity.STAFF: _staff,
}


# --- Schools named in values


def _in_schools(
    record: Record, name: str, named: Any, schools: Schools, anomalies: Anomalies
) -> Iterator[tuple[Any, int]]:
    """Each thing with the id of its school; what is in an unknown school is reported."""
    for one in named:
        school = _school(record, name, one.school_id, schools, anomalies)
        if school is not None:
            yield one, school


def _school(record: Record, name: str, jointure: str, schools: Schools, anomalies: Anomalies) -> int | None:
    school = schools.open.get(jointure)
    if school is None and jointure not in schools.closed:
        sentence = _("L’établissement « %(school)s » est inconnu des fichiers comme de l’annuaire : il est ignoré ici.")
        _report(record, name, jointure, sentence % {"school": jointure[:40]}, anomalies)
    return school


def _report(record: Record, name: str, value: str, sentence: str, anomalies: Anomalies) -> None:
    anomalies.append(Anomaly(record.file, record.id[:200], name, value[:200], sentence))
