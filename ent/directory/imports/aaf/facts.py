"""What the values of an AAF entry say, as small typed tuples.

Every function takes the record and the list of anomalies of the run. A value it cannot understand is added there, with
a sentence, and left out of what it returns; nothing raises. The functions that return a list return None when the
record does not speak of the matter (a delta names only what changed) and [] when it clears it.

Forms: annexe 4bis of the SDET ("alimentation depuis l'annuaire fédérateur"), versions VE1301 to VE2407, checked
against real exports. In them `étab` is the jointure of a school, not its UAI.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from ent.directory.enums import LegalDuty, Profile, Relation
from ent.directory.imports.aaf.reader import Record
from ent.directory.imports.problems import Anomaly

Anomalies = list[Anomaly]


class GuardianLink(NamedTuple):
    """Ranks are 0 for no, else the order in which guardians are called or paid (most exports know only 0 and 1)."""

    guardian_id: str
    relation: Relation
    legal: LegalDuty
    pays: bool  # responsable financier
    contact_rank: int
    payment_rank: int  # to whom the aids of the school are paid


class Placement(NamedTuple):
    """A division or group of a school, by its code there."""

    school_id: str
    code: str


class DatedPlacement(NamedTuple):
    """The day a pupil entered or left a division; `code` is empty when the day is that of the school."""

    school_id: str
    day: date
    code: str


class Function(NamedTuple):
    school_id: str
    code: str
    label: str
    discipline_code: str
    discipline: str


class Role(NamedTuple):
    """A profile held in one school; `function` is the French label that explains it, perhaps empty."""

    school_id: str
    profile: Profile
    function: str


class Assignment(NamedTuple):
    """What a teacher teaches to a division or group; `subject_code` is empty in old exports."""

    school_id: str
    code: str
    subject_code: str


class Coded(NamedTuple):
    code: str
    label: str


class StaffQualification(NamedTuple):
    school_id: str
    mef: str
    label: str


class Structure(NamedTuple):
    """A division of a school with its MEF codes, or a group with the divisions it takes pupils from."""

    code: str
    label: str
    parts: tuple[str, ...]


class SchoolName(NamedTuple):
    kind: str
    name: str
    city: str


class Address(NamedTuple):
    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str


# Links of the exports before the national nomenclature (VE1301 to VE1711).
_OLD_RELATIONS = {
    "1": Relation.FATHER,
    "2": Relation.MOTHER,
    "3": Relation.TUTOR,
    "4": Relation.FAMILY,
    "5": Relation.ASE,
    "6": Relation.OTHER,
    "7": Relation.SELF,
}
_RELATIONS: dict[str, Relation] = {relation.value: relation for relation in Relation} | _OLD_RELATIONS
_LEGAL_DUTIES = {str(duty.value): duty for duty in LegalDuty} | {"": LegalDuty.NONE}
_FLAGS = {"0": False, "1": True, "": False}
_RANKS = {str(rank): rank for rank in range(10)} | {"": 0}
_YES_NO = {"O": True, "OUI": True, "N": False, "NON": False}
_TITLES = {"M": "M.", "MR": "M.", "MONSIEUR": "M.", "MME": "Mme", "MLLE": "Mme", "MADAME": "Mme", "MADEMOISELLE": "Mme"}


def _of(profile: Profile, codes: str) -> dict[str, Profile]:
    return dict.fromkeys(codes.split(), profile)


# Function codes (N_FONCTION) to profiles, after the table of the SDET's annexe opérationnelle, §4.7. The staff of the
# académie (ACA: inspectors) have no rights of their own in a school: they come as guests.
_PROFILES_OF_FUNCTIONS = (
    _of(Profile.HEADSHIP, "DIR DEC DECPR DSES")
    | _of(Profile.LIBRARIAN, "DOC")
    | _of(Profile.TEACHER, "ENS BED EAP FCA FCP FIJ IS ISES PPA RH1D RPL UPI")
    | _of(Profile.SCHOOL_LIFE, "AED AEH AES ADE EDU SUR")
    | _of(Profile.ADMINISTRATIVE, "ADA ADF ADM ALB ASE ASH CFC CPD CTR LAB MDS ORI OUV PSY TEC")
    | _of(Profile.LOCAL_AUTHORITY, "COLTER COL")
    | _of(Profile.GUEST, "INJ INS")
)
# ENTPersonProfils, in its two living forms.
_NATIONAL_PROFILES = {
    "ELV": Profile.PUPIL,
    "1": Profile.PUPIL,
    "TUT": Profile.GUARDIAN,
    "2": Profile.GUARDIAN,
    "ENS": Profile.TEACHER,
    "3": Profile.TEACHER,
    "DOC": Profile.LIBRARIAN,
    "DIR": Profile.HEADSHIP,
    "4": Profile.HEADSHIP,
    "EVS": Profile.SCHOOL_LIFE,
    "5": Profile.SCHOOL_LIFE,
    "ETA": Profile.ADMINISTRATIVE,
    "6": Profile.ADMINISTRATIVE,
    "ACA": Profile.GUEST,
    "7": Profile.GUEST,
    "COL": Profile.LOCAL_AUTHORITY,
}
_NO_FUNCTION = {"", "-"}
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_UAI = re.compile(r"(\d{7})([A-Z])", re.ASCII)
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_OLD_GUARDIANS = (
    "ENTElevePere",
    "ENTEleveMere",
    "ENTEleveParents",
    "ENTEleveAutoriteParentale",
    "ENTElevePersRelEleve1",
    "ENTElevePersRelEleve2",
)


# --- Single values


def text(record: Record, *names: str) -> str | None:
    """The first value of the first of `names` the record speaks of: None when of none, "" when it is to be cleared."""
    for name in names:
        values = record.attributes.get(name)
        if values is not None:
            return values[0] if values else ""
    return None


def day(record: Record, name: str, anomalies: Anomalies) -> date | None:
    """The day in JJ/MM/AAAA (or AAAA-MM-JJ); None when absent, cleared or not a day of a calendar."""
    value = text(record, name)
    return _day(value, record, name, anomalies) if value else None


def flag(record: Record, name: str, anomalies: Anomalies) -> bool | None:
    """O or N; None when absent, cleared or anything else."""
    value = text(record, name)
    if not value:
        return None
    answer = _YES_NO.get(value.upper())
    if answer is None:
        _set_aside(record, name, value, _("La valeur attendue est O ou N : elle est ignorée."), anomalies)
    return answer


def title(record: Record, anomalies: Anomalies) -> str | None:
    """« M. » or « Mme » (circulaire of 21 February 2012: no more « Mlle »); None when absent, "" when cleared."""
    value = text(record, "personalTitle", "ENTPersonCivilite")
    if not value:
        return value
    known = _TITLES.get(value.rstrip(".").upper())
    if known is None:
        _set_aside(record, "personalTitle", value, _("Cette civilité est inconnue : elle est ignorée."), anomalies)
        return ""
    return known


def mail(record: Record, anomalies: Anomalies) -> str | None:
    """The e-mail address; None when absent, "" when cleared or not an address."""
    value = text(record, "mail", "ENTPersonMail")
    if value and (not _MAIL.fullmatch(value) or len(value) > 254):
        _set_aside(record, "mail", value, _("Cette adresse électronique est mal formée : elle est ignorée."), anomalies)
        return ""
    return value


def address(record: Record) -> Address | None:
    """The postal address (`l1$l2$l3$l4` and its town); None when the record does not speak of it."""
    names = ("ENTPersonAdresse", "ENTPersonCodePostal", "ENTPersonVille", "ENTPersonPays")
    if not any(name in record.attributes for name in names):
        return None
    lines, postal_code, city, country = (text(record, name) or "" for name in names)
    return Address(tuple(line for line in _split(lines) if line), postal_code, city, country)


def uai(record: Record, anomalies: Anomalies) -> str | None:
    """The school's UAI. A wrong check letter is reported and kept: test schools have one; a wrong form is not kept."""
    value = text(record, "ENTStructureUAI", "ENTEtablissementUAI")
    if not value:
        return None
    found = _UAI.fullmatch(value.upper())
    if not found:
        sentence = _("Un UAI est fait de sept chiffres et d’une lettre : celui-ci est ignoré.")
        _set_aside(record, "ENTStructureUAI", value, sentence, anomalies)
        return None
    if _UAI_LETTERS[int(found[1]) % 23] != found[2]:
        sentence = _("La lettre de contrôle de cet UAI est fausse : vérifiez le code de l’établissement.")
        _set_aside(record, "ENTStructureUAI", value, sentence, anomalies)
    return value.upper()


def school_name(record: Record) -> SchoolName | None:
    """`type$nom$ville`, or the name alone in old exports; None when absent."""
    value = text(record, "ENTStructureNomCourant")
    if value is None:
        return None
    parts = _split(value)
    if len(parts) < 3:
        return SchoolName("", " ".join(part for part in parts if part), "")
    return SchoolName(parts[0], parts[1], parts[2])


def school_district(record: Record, anomalies: Anomalies) -> Coded | None:
    """ENTEtablissementBassin `code$lib`."""
    found = _coded(record, "ENTEtablissementBassin", anomalies)
    return found[0] if found else None


# --- Schools


def divisions(record: Record, anomalies: Anomalies) -> list[Structure] | None:
    """ENTStructureClasses `code$libellé$MEF…`"""
    return _structures(record, "ENTStructureClasses", anomalies)


def groups(record: Record, anomalies: Anomalies) -> list[Structure] | None:
    """ENTStructureGroupes `code$libellé$division…`"""
    return _structures(record, "ENTStructureGroupes", anomalies)


# --- Pupils


def pupil_profile(record: Record) -> Profile:
    """Apprentices are the pupils whose status says so (ENTEleveStatutEleve: SCOLAIRE, APPRENTI…)."""
    status = text(record, "ENTEleveStatutEleve") or ""
    return Profile.APPRENTICE if status.upper().startswith("APPRENTI") else Profile.PUPIL


def guardian_links(record: Record, anomalies: Anomalies) -> list[GuardianLink] | None:
    """ENTElevePersRelEleve `id$lien$financier$légal$contact$paiement`, else the attributes it replaced."""
    name = "ENTElevePersRelEleve"
    if name not in record.attributes:
        return _old_guardian_links(record, anomalies)
    links = []
    for value, parts in _parts(record, name, 6, anomalies):
        guardian_id, relation, pays, legal, contact, payment = parts[:6]
        if (
            not guardian_id
            or legal not in _LEGAL_DUTIES
            or pays not in _FLAGS
            or not {contact, payment} <= _RANKS.keys()
        ):
            _set_aside(record, name, value, _("Ce lien avec un responsable est mal formé : il est ignoré."), anomalies)
            continue
        links.append(
            GuardianLink(
                guardian_id,
                _relation(record, name, value, relation, anomalies),
                _LEGAL_DUTIES[legal],
                _FLAGS[pays],
                _RANKS[contact],
                _RANKS[payment],
            )
        )
    return links


def _old_guardian_links(record: Record, anomalies: Anomalies) -> list[GuardianLink] | None:
    """The links of VE1301 and before, one attribute per quality; in the first degree `id$lien`."""
    if not any(name in record.attributes for name in _OLD_GUARDIANS):
        return None
    links: dict[str, GuardianLink] = {}
    for name in _OLD_GUARDIANS:
        for value in record.attributes.get(name, ()):
            guardian_id, relation = (*_split(value), "")[:2]
            link = links.get(guardian_id) or GuardianLink(
                guardian_id, Relation.OTHER, LegalDuty.NONE, pays=False, contact_rank=0, payment_rank=0
            )
            if relation:
                link = link._replace(relation=_relation(record, name, value, relation, anomalies))
            links[guardian_id] = _qualified(link, name, record)
    if links.pop("", None):
        sentence = _("Un lien avec un responsable n’a pas d’identifiant : il est ignoré.")
        _set_aside(record, "ENTEleveParents", "", sentence, anomalies)
    return list(links.values())


def _qualified(link: GuardianLink, name: str, record: Record) -> GuardianLink:
    """The link, with what being named in attribute `name` adds to it."""
    if name == "ENTElevePere":
        return link._replace(relation=Relation.FATHER)
    if name == "ENTEleveMere":
        return link._replace(relation=Relation.MOTHER)
    if name == "ENTEleveAutoriteParentale":
        return link._replace(legal=LegalDuty.LEGAL)
    if name.startswith("ENTElevePersRelEleve"):
        quality = (text(record, f"ENTEleveQualitePersRelEleve{name[-1]}") or "").upper()
        return link._replace(
            pays=link.pays or "FINANCIER" in quality,
            contact_rank=link.contact_rank or int("CONTACT" in quality),
            payment_rank=link.payment_rank or int("PAIEMENT" in quality),
        )
    return link


def _relation(record: Record, name: str, value: str, code: str, anomalies: Anomalies) -> Relation:
    known = _RELATIONS.get(code)
    if known is None:
        _set_aside(record, name, value, _("Ce lien de parenté est inconnu : il est noté « autre »."), anomalies)
        return Relation.OTHER
    return known


def pupil_divisions(record: Record, anomalies: Anomalies) -> list[Placement] | None:
    """ENTEleveClasses `étab$classe`"""
    return _placements(record, "ENTEleveClasses", anomalies)


def pupil_groups(record: Record, anomalies: Anomalies) -> list[Placement] | None:
    """ENTEleveGroupes `étab$groupe`"""
    return _placements(record, "ENTEleveGroupes", anomalies)


def pupil_days(record: Record, name: str, anomalies: Anomalies) -> list[DatedPlacement] | None:
    """ENTEleveDateEntreeClasses, …SortieClasses `étab$date$classe`; …StructRattach `étab$date`, or the date alone."""
    if name not in record.attributes:
        return None
    days = []
    for value, parts in _parts(record, name, 1, anomalies):
        school_id, written, code = (*parts, "", "")[:3] if len(parts) > 1 else ("", parts[0], "")
        found = _day(written, record, name, anomalies, value)
        if found:
            days.append(DatedPlacement(school_id or text(record, "ENTPersonStructRattach") or "", found, code))
    return days


def pupil_subjects(record: Record, anomalies: Anomalies) -> list[Coded] | None:
    """ENTEleveCodeEnseignements and ENTEleveEnseignements, paired when there are as many codes as labels."""
    codes = record.attributes.get("ENTEleveCodeEnseignements")
    labels = record.attributes.get("ENTEleveEnseignements")
    if codes is None and labels is None:
        return None
    codes, labels = codes or [], labels or []
    if codes and labels and len(codes) != len(labels):
        sentence = _("Il n’y a pas autant de codes que de libellés d’enseignements : seuls les codes sont gardés.")
        _set_aside(record, "ENTEleveCodeEnseignements", ", ".join(codes), sentence, anomalies)
        labels = []
    return [
        Coded(codes[index] if codes else "", labels[index] if labels else "")
        for index in range(len(codes) or len(labels))
    ]


# --- Staff


def functions(record: Record, anomalies: Anomalies) -> list[Function] | None:
    """ENTPersonFonctions `étab$codeFct$libFct$codeDisc$libDisc`; the discipline may be missing."""
    name = "ENTPersonFonctions"
    if name not in record.attributes:
        return None
    found = []
    for value, parts in _parts(record, name, 2, anomalies):
        if parts[0]:
            school_id, code, label, discipline_code, discipline = (*parts, "", "", "")[:5]
            found.append(Function(school_id, code.upper(), label, discipline_code, discipline))
        else:
            _set_aside(record, name, value, _("Cette fonction n’a pas d’établissement : elle est ignorée."), anomalies)
    return found


def roles(record: Record, anomalies: Anomalies) -> list[Role] | None:
    """The profiles of a member of staff, at most one of each kind per school, the first function naming it.

    Each function gives its profile (table of the SDET); one that is unknown or void gives what the person is
    elsewhere said to be: ENTPersonProfils, else teacher when ENTPersonCategorieEnseignant (or, where it is absent,
    PersEducNatPresenceDevantEleves) is O, else administrative. ENTEnsFonctionDir names schools headed; a school where
    divisions or groups are taught without a function makes a teacher; the school of attachment counts when there is
    nothing else. A modification that does not speak of ENTPersonFonctions gives None: the roles stay as they are.
    """
    if record.operation != "add" and "ENTPersonFonctions" not in record.attributes:
        return None
    found: dict[tuple[str, Profile], Role] = {}
    for role in (
        *_roles_of_functions(record, anomalies),
        *(Role(school, Profile.HEADSHIP, "") for school in _schools_in(record, "ENTEnsFonctionDir")),
    ):
        found.setdefault((role.school_id, role.profile), role)
    known = {school for school, _profile in found}
    for name in ("ENTAuxEnsClassesMatieres", "ENTAuxEnsGroupesMatieres", "ENTAuxEnsClasses", "ENTAuxEnsGroupes"):
        for school in _schools_in(record, name):
            if school not in known:
                found.setdefault((school, Profile.TEACHER), Role(school, Profile.TEACHER, ""))
    attachment = text(record, "ENTPersonStructRattach")
    if not found and attachment:
        return [Role(attachment, _profile_besides_functions(record, anomalies), "")]
    return list(found.values())


def _roles_of_functions(record: Record, anomalies: Anomalies) -> Iterator[Role]:
    for function in functions(record, anomalies) or ():
        profile = _PROFILES_OF_FUNCTIONS.get(function.code)
        if profile is None:
            profile = _profile_besides_functions(record, anomalies)
            if function.code not in _NO_FUNCTION:
                sentence = _("La fonction « %(code)s » est inconnue : le profil retenu est « %(profile)s ».")
                facts = {"code": function.code[:20], "profile": profile.label}
                _set_aside(record, "ENTPersonFonctions", "$".join(function), sentence % facts, anomalies)
        label = "" if function.code in _NO_FUNCTION else function.discipline or function.label
        yield Role(function.school_id, profile, label)


def functions_with_profiles(record: Record) -> list[tuple[Function, Profile]] | None:
    """Each function with the profile it gives (see `roles`, which reports what is unknown)."""
    unheard: Anomalies = []
    found = functions(record, unheard)
    if found is None:
        return None
    return [(one, _PROFILES_OF_FUNCTIONS.get(one.code) or _profile_besides_functions(record, unheard)) for one in found]


def _profile_besides_functions(record: Record, anomalies: Anomalies) -> Profile:
    for value in record.attributes.get("ENTPersonProfils", ()):
        profile = national_profile(value)
        if profile is not None:
            return profile
        sentence = _("Ce profil national est inconnu : il est ignoré.")
        _set_aside(record, "ENTPersonProfils", value, sentence, anomalies)
    teaches = flag(record, "ENTPersonCategorieEnseignant", anomalies)
    if teaches is None:
        teaches = flag(record, "PersEducNatPresenceDevantEleves", anomalies)
    return Profile.TEACHER if teaches else Profile.ADMINISTRATIVE


def national_profile(code: str) -> Profile | None:
    """The profile of an SDET code, old or new: `National_3`, `National_ENS`, `National_ens`; None when unknown."""
    prefix, _separator, suffix = code.partition("_")
    return _NATIONAL_PROFILES.get(suffix.upper()) if prefix.lower() == "national" else None


def division_assignments(record: Record, anomalies: Anomalies) -> list[Assignment] | None:
    """ENTAuxEnsClassesMatieres `étab$classe$codeMatière`, with the divisions of ENTAuxEnsClasses it leaves out."""
    return _assignments(record, "ENTAuxEnsClassesMatieres", "ENTAuxEnsClasses", anomalies)


def group_assignments(record: Record, anomalies: Anomalies) -> list[Assignment] | None:
    """ENTAuxEnsGroupesMatieres `étab$groupe$codeMatière`, with the groups of ENTAuxEnsGroupes it leaves out."""
    return _assignments(record, "ENTAuxEnsGroupesMatieres", "ENTAuxEnsGroupes", anomalies)


def headed_divisions(record: Record, anomalies: Anomalies) -> list[Placement] | None:
    """ENTAuxEnsClassesPrincipal `étab$classe`: the divisions of which the person is head teacher."""
    return _placements(record, "ENTAuxEnsClassesPrincipal", anomalies)


def staff_qualifications(record: Record, anomalies: Anomalies) -> list[StaffQualification] | None:
    """ENTAuxEnsMEF `étab$mef$libellé`"""
    name = "ENTAuxEnsMEF"
    if name not in record.attributes:
        return None
    return [StaffQualification(*(*parts, "")[:3]) for _value, parts in _parts(record, name, 2, anomalies)]


def taught_subjects(record: Record, anomalies: Anomalies) -> list[Placement] | None:
    """ENTAuxEnsMatiereEnseignEtab `étab$libellé`: here `code` is the subject's label."""
    return _placements(record, "ENTAuxEnsMatiereEnseignEtab", anomalies)


def disciplines(record: Record, anomalies: Anomalies) -> list[Coded] | None:
    """ENTAuxEnsCategoDiscipline `code$lib`"""
    return _coded(record, "ENTAuxEnsCategoDiscipline", anomalies)


def posts(record: Record, anomalies: Anomalies) -> list[Coded] | None:
    """ENTAuxEnsDisciplinesPoste, the other way round: `lib$code`"""
    found = _coded(record, "ENTAuxEnsDisciplinesPoste", anomalies)
    return found and [Coded(code=post.label, label=post.code) for post in found]


# --- Forms


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split("$")]


def _parts(record: Record, name: str, least: int, anomalies: Anomalies) -> Iterator[tuple[str, list[str]]]:
    """Each value of an attribute with its `$` parts, those with fewer than `least` set aside."""
    for value in record.attributes.get(name, ()):
        parts = _split(value)
        if len(parts) < least:
            _malformed(record, name, value, anomalies)
        else:
            yield value, parts


def _placements(record: Record, name: str, anomalies: Anomalies) -> list[Placement] | None:
    if name not in record.attributes:
        return None
    found = []
    for value, parts in _parts(record, name, 2, anomalies):
        if parts[0] and parts[1]:
            found.append(Placement(parts[0], parts[1]))
        else:
            _malformed(record, name, value, anomalies)
    return found


def _assignments(record: Record, name: str, bare_name: str, anomalies: Anomalies) -> list[Assignment] | None:
    if name not in record.attributes and bare_name not in record.attributes:
        return None
    found = []
    for value, parts in _parts(record, name, 2, anomalies):
        if parts[0] and parts[1]:
            found.append(Assignment(parts[0], parts[1], parts[2] if len(parts) > 2 else ""))
        else:
            _malformed(record, name, value, anomalies)
    named = {(assignment.school_id, assignment.code) for assignment in found}
    bare = _placements(record, bare_name, anomalies) or []
    return found + [Assignment(*placement, "") for placement in bare if placement not in named]


def _coded(record: Record, name: str, anomalies: Anomalies) -> list[Coded] | None:
    if name not in record.attributes:
        return None
    return [Coded(parts[0], parts[1]) for _value, parts in _parts(record, name, 2, anomalies)]


def _structures(record: Record, name: str, anomalies: Anomalies) -> list[Structure] | None:
    if name not in record.attributes:
        return None
    found = []
    for value, (code, *rest) in _parts(record, name, 1, anomalies):
        if code:
            found.append(Structure(code, rest[0] if rest else "", tuple(part for part in rest[1:] if part)))
        else:
            _malformed(record, name, value, anomalies)
    return found


def _schools_in(record: Record, name: str) -> Iterator[str]:
    """The schools named first in the values of an attribute; malformed values are reported by who reads them whole."""
    for value in record.attributes.get(name, ()):
        school = value.partition("$")[0].strip()
        if school:
            yield school


def _day(written: str, record: Record, name: str, anomalies: Anomalies, value: str = "") -> date | None:
    known = _known_day(written)
    if known is None:
        sentence = _("Ce n’est pas une date (attendue sous la forme JJ/MM/AAAA) : elle est ignorée.")
        _set_aside(record, name, value or written, sentence, anomalies)
    return known


# A region's files say the same few thousand days again and again.
@lru_cache(maxsize=50_000)
def _known_day(written: str) -> date | None:
    found = _DATE.fullmatch(written)
    if not found:
        return None
    day, month, year, iso_year, iso_month, iso_day = (int(part or 0) for part in found.groups())
    try:
        known = date(year or iso_year, month or iso_month, day or iso_day)
    except ValueError:
        return None
    return known if 1900 <= known.year < 2100 else None


def _malformed(record: Record, name: str, value: str, anomalies: Anomalies) -> None:
    _set_aside(record, name, value, _("Cette valeur n’a pas la forme attendue : elle est ignorée."), anomalies)


def _set_aside(record: Record, name: str, value: str, sentence: str, anomalies: Anomalies) -> None:
    # A report stays readable, whatever the file holds.
    anomalies.append(Anomaly(record.file, record.id[:200], name, value[:200], sentence))
