"""What AAF says of each thing: attributes by name, in the order and the « $ » forms of its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from ent.demo import curriculum, schools
from ent.demo.people import (
    Address,
    Division,
    Function,
    Group,
    Guardian,
    Level,
    Pupil,
    School,
    Staff,
    Subject,
)

# An attribute has one value, several, or none (an empty text or list, written as an empty value).
Attributes = list[tuple[str, str | Sequence[str]]]

# Nature of a school (BCN): code and label, then the sigle that begins its usual name.
_NATURES = {
    "COLLEGE": ("340", "COLLEGE", "CLG"),
    "LG": ("302", "LYCEE ENSEIGNEMENT GENERAL", "LG"),
    "LGT": ("300", "LYCEE ENSEIGNT GENERAL ET TECHNOLOGIQUE", "LGT"),
    "LPO": ("306", "LYCEE POLYVALENT", "LPO"),
    "LP": ("320", "LYCEE PROFESSIONNEL", "LP"),
    "EREA": ("370", "ETABLISSEMENT REGIONAL D'ENSEIGNT ADAPTE", "EREA"),
    "LYCEE_AGRICOLE": ("307", "LYCEE ENS GENERAL TECHNO PROF AGRICOLE", "LEGTPA"),
    "CFA": ("", "CENTRE DE FORMATION D'APPRENTIS", "CFA"),
}
_BASINS = {
    "018": ("18001", "BASSIN DU CHER"),
    "028": ("28001", "CHARTRES-CHATEAUDUN"),
    "036": ("36001", "BASSIN DE L'INDRE"),
    "037": ("37001", "TOURAINE-NORD"),
    "041": ("41001", "BLOIS"),
    "045": ("45001", "BASSIN D'ORLEANS"),
}


def mef(level: Level) -> Attributes:
    return [
        ("ENTMefJointure", level.mef),
        ("ENTLibelleMef", level.mef_label),
        ("ENTMEFRattach", level.mef),
        ("ENTMEFSTAT11", level.stat),
        ("ENTNivFormation", level.training),
        ("ENTFiliere", level.stream),
    ]


def subject(taught: Subject) -> Attributes:
    return [
        ("ENTMatJointure", taught.code),
        ("ENTLibelleMatiere", taught.label),
        ("ENTMatiereRattach", taught.code),
    ]


def school(place: School, divisions: list[Division], groups: list[Group]) -> Attributes:
    code, label, sigle = _NATURES[place.type]
    ministry_code, ministry = schools.ministry(place)
    basin = "$".join(_BASINS[place.department])
    town = place.address.commune.upper()
    return [
        ("ENTStructureJointure", str(place.jointure)),
        ("ENTStructureUAI", place.uai),
        ("ENTEtablissementUAI", place.uai),
        ("ENTStructureSIREN", schools.siret(place)),
        ("ENTStructureNomCourant", f"{sigle}${place.name}${town}"),
        ("ENTStructureTypeStruct", label),
        ("ENTStructureCodeTypeStruct", code),
        ("ENTEtablissementMinistereTutelle", ministry),
        ("ENTEtablissementCodeMinistereTutelle", ministry_code),
        ("ENTEtablissementContrat", "PU"),
        ("postOfficeBox", ""),
        ("street", place.address.street),
        ("postalCode", place.address.postal_code),
        ("l", town),
        ("telephoneNumber", f"+33 2 61 91 00 {place.rank % 100:02d}"),
        ("facsimileTelephoneNumber", ""),
        ("ENTStructureMailSI", f"ce.{place.uai.lower()}@ac-touraine.example"),
        ("ENTEtablissementStructRattachFctl", ""),
        ("ENTEtablissementBassin", basin),
        ("ENTServAcAcademie", "ORLEANS-TOURS"),
        ("ENTServAcCodeAcademie", "018"),
        ("ENTStructureClasses", [f"{d.code}${d.label}${d.level.mef}" for d in divisions]),
        ("ENTStructureGroupes", structure_groups(groups)),
    ]


def structure_groups(groups: list[Group]) -> list[str]:
    return ["$".join([group.code, group.label, *(d.code for d in group.divisions)]) for group in groups]


def pupil(person: Pupil, day: date) -> Attributes:
    place, level, family = person.school, person.division.level, person.family
    taken = [*curriculum.common_subjects(level.programme), *person.options]
    # A pupil whom nobody answers for is known at the school’s own address.
    address = family.address if family else place.address
    agricultural = place.type == "LYCEE_AGRICOLE"
    start = f"01/09/{day.year if day.month >= 8 else day.year - 1}"
    return [
        ("ENTPersonJointure", str(person.id)),
        ("ENTEleveINE", person.ine),
        ("ENTEleveStructRattachId", str(person.id % 2_000_000)),
        ("ENTEleveStructureRattachIdMEN", str(person.id % 2_000_000) if agricultural else ""),
        ("ENTPersonDateNaissance", french(person.birth)),
        ("ENTPersonNomPatro", person.last_name.upper()),
        ("sn", person.last_name.upper()),
        ("givenName", person.first_name),
        ("ENTPersonAutresPrenoms", [person.first_name, *person.other_names]),
        ("personalTitle", _title(person.sex)),
        ("mail", person.mail),
        ("homePhone", family.guardians[0].home_phone if family else ""),
        ("ENTElevePersRelEleve", links(person)),
        ("ENTEleveBoursier", _yes(person.scholarship)),
        ("ENTEleveRegime", person.boarding),
        ("ENTEleveTransport", _yes(person.transport)),
        *address_lines(address),
        ("ENTEleveAdresseRel", str(family.guardians[0].id) if family else ""),
        ("ENTEleveStatutEleve", level.status),
        ("ENTEleveMEF", level.mef),
        ("ENTEleveLibelleMEF", level.mef_label),
        ("ENTEleveNivFormation", level.training),
        ("ENTEleveFiliere", level.stream),
        ("ENTEleveEnseignements", [one.label for one in taken]),
        ("ENTEleveCodeEnseignements", [one.code for one in taken]),
        ("ENTPersonStructRattach", str(place.jointure)),
        ("ENTEleveClasses", in_division(place, person.division)),
        ("ENTEleveGroupes", [f"{place.jointure}${group.code}" for group in person.groups]),
        ("ENTEleveDateEntreeClasses", f"{place.jointure}${start}${person.division.code}"),
        ("ENTEleveDateSortieClasses", ""),
        ("ENTEleveDateEntreeStructRattach", start),
        ("ENTEleveDateSortieStructRattach", ""),
    ]


def links(person: Pupil) -> list[str]:
    """`guardian$link$pays$legal$contact$payment`, one for each guardian."""
    return [
        f"{link.guardian}${link.kind}${int(link.pays)}${link.legal}${int(link.contact)}${int(link.pays)}"
        for link in (person.family.links if person.family else [])
    ]


def in_division(place: School, division: Division) -> str:
    return f"{place.jointure}${division.code}"


def guardian(person: Guardian) -> Attributes:
    return [
        ("ENTPersonJointure", str(person.id)),
        ("ENTPersonDateNaissance", french(person.birth) if person.birth else ""),
        ("ENTPersonNomPatro", person.last_name.upper()),
        ("sn", person.last_name.upper()),
        ("givenName", person.first_name),
        ("personalTitle", _title(person.sex)),
        ("homePhone", person.home_phone),
        ("telephoneNumber", person.work_phone),
        *address_lines(person.address),
        ("ENTPersonAdresseDiffusion", _yes(person.shares_address)),
        ("mobile", person.mobile),
        ("mail", person.mail),
        ("ENTPersonMobileSMS", person.mobile if person.accepts_sms else ""),
        ("ENTAuxPersRelEleveEleve", [str(child) for child in person.children]),
    ]


def staff(person: Staff) -> Attributes:
    first = person.functions[0][0]
    posts = list(dict.fromkeys(function for _, function in person.functions))
    whole = [s for s in person.services if isinstance(s.target, Division)]
    grouped = [s for s in person.services if isinstance(s.target, Group)]
    return [
        ("ENTPersonJointure", str(person.id)),
        ("ENTPersonDateNaissance", french(person.birth)),
        ("ENTPersonNomPatro", person.last_name.upper()),
        ("sn", person.last_name.upper()),
        ("givenName", person.first_name),
        ("ENTPersonAutresPrenoms", person.first_name),
        ("personalTitle", _title(person.sex)),
        ("mail", person.mail),
        ("ENTPersonStructRattach", str(first.jointure)),
        ("ENTAuxEnsCategoDiscipline", [f"{p.discipline[:3]}${p.discipline_label}" for p in posts if p.code == "ENS"]),
        ("ENTAuxEnsDisciplinesPoste", f"{posts[0].discipline_label}${posts[0].discipline}"),
        ("ENTAuxEnsMEF", _distinct(f"{s.school.jointure}${d.level.mef}${d.level.mef_label}"
                                   for s in person.services for d in _divisions(s.target))),
        ("ENTAuxEnsMatiereEnseignEtab", _distinct(f"{s.school.jointure}${s.subject.label}" for s in person.services)),
        ("ENTAuxEnsClasses", _distinct(f"{s.school.jointure}${s.target.code}" for s in whole)),
        ("ENTAuxEnsGroupes", _distinct(f"{s.school.jointure}${s.target.code}" for s in grouped)),
        ("ENTAuxEnsClassesMatieres", _distinct(f"{s.school.jointure}${s.target.code}${s.subject.code}" for s in whole)),
        ("ENTAuxEnsGroupesMatieres",
         _distinct(f"{s.school.jointure}${s.target.code}${s.subject.code}" for s in grouped)),
        ("ENTAuxEnsClassesPrincipal", heads(person)),
        ("ENTEnsFonctionDir", [f"{at.jointure}${f.discipline_label}" for at, f in person.functions if f.code == "DIR"]),
        ("ENTPersonFonctions", [_function(place, function) for place, function in person.functions]),
        ("ENTPersonCategorieEnseignant", _yes(person.teaches)),
        ("PersEducNatPresenceDevantEleves", _yes(person.teaches)),
        ("ENTPersonSTSId", str(person.id % 2_000_000) if person.teaches else ""),
    ]  # fmt: skip


def heads(person: Staff) -> list[str]:
    return [in_division(place, division) for place, division in person.heads]


@lru_cache(maxsize=20_000)
def french(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def _function(place: School, post: Function) -> str:
    return f"{place.jointure}${post.code}${post.label}${post.discipline}${post.discipline_label}"


def _divisions(target: Division | Group) -> list[Division]:
    return target.divisions if isinstance(target, Group) else [target]


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def address_lines(address: Address) -> Attributes:
    return [
        ("ENTPersonAdresse", f"{address.street}$$$"),
        ("ENTPersonCodePostal", address.postal_code),
        ("ENTPersonVille", address.commune.upper()),
        ("ENTPersonPays", "FRANCE"),
    ]


def _title(sex: str) -> str:
    return "Mme" if sex == "F" else "M."


def _yes(value: bool) -> str:
    return "O" if value else "N"
