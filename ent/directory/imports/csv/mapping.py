"""Which column says what: the fields a file may fill; a guess from the header, from the cells, from last time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ent.directory.imports.csv import values
from ent.directory.imports.csv.reading import Table
from ent.directory.imports.names import plain


class Role(StrEnum):
    """Of whom a column speaks: the person of the line, or somebody beside them."""

    PERSON = "personne"
    GUARDIAN_1 = "responsable1"
    GUARDIAN_2 = "responsable2"
    MASTER = "maitre"
    COMPANY = "entreprise"
    TRAINER = "formateur"


ROLES: dict[Role, str | Promise] = {
    Role.PERSON: _("La personne"),
    Role.GUARDIAN_1: _("Premier responsable"),
    Role.GUARDIAN_2: _("Second responsable"),
    Role.MASTER: _("Maître d’apprentissage"),
    Role.COMPANY: _("Entreprise et contrat"),
    Role.TRAINER: _("Formateur référent"),
}

# The words that announce a role at the head (or the end) of a column's name. The longest are tried first.
_ROLE_WORDS: dict[Role, tuple[str, ...]] = {
    Role.PERSON: ("eleve", "apprenti", "apprentie", "stagiaire", "personne", "jeune", "etudiant", "alternant"),
    Role.GUARDIAN_1: (
        "responsable legal 1", "representant legal 1", "responsable 1", "resp legal 1", "resp 1", "resp1", "parent 1",
        "rl1", "rl 1", "responsable legal", "representant legal", "responsable", "parent", "mere",
    ),
    Role.GUARDIAN_2: (
        "responsable legal 2", "representant legal 2", "responsable 2", "resp legal 2", "resp 2", "resp2", "parent 2",
        "rl2", "rl 2", "pere",
    ),
    Role.MASTER: (
        "maitre d apprentissage", "maitre apprentissage", "maitre apprenti", "maitre de stage", "maitre", "ma",
        "tuteur entreprise", "tuteur",
    ),
    Role.COMPANY: ("entreprise", "employeur", "societe", "contrat", "organisme"),
    Role.TRAINER: ("formateur referent", "formateur", "referent", "tuteur pedagogique", "suivi par"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column may fill; `words` are the names such a column bears, in plain letters."""

    role: Role
    attribute: str
    label: str | Promise
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.role}.{self.attribute}"


Words = tuple[str, str | Promise, str]

_LAST: Words = ("last_name", _("Nom"), "nom|nom usage|nom d usage|nom de famille|patronyme|name|nom usuel")
_FIRST: Words = ("first_name", _("Prénom"), "prenom|prenom usuel|prenom 1|prenom1|firstname|prenom usage")
_FULL: Words = ("full_name", _("Nom et prénom, ensemble"), "nom prenom|nom et prenom|nom prenoms|identite|nom complet")
# « Tuteur », alone, gives a name.
_CALLED: Words = (_FULL[0], _FULL[1], f"{_FULL[2]}|")
_CIVILITY: Words = ("civility", _("Civilité"), "civilite|civ|titre|sexe|genre|mme m")
_EMAIL: Words = (
    "email",
    _("Courriel"),
    "mail|email|e mail|courriel|adresse mail|adresse email|adresse e mail|adresse electronique|mel|messagerie",
)
_MOBILE: Words = (
    "mobile",
    _("Téléphone mobile"),
    "mobile|portable|tel portable|telephone portable|gsm|tel mobile|telephone mobile|telephone|tel|numero de telephone",
)
_HOME: Words = ("home", _("Téléphone fixe"), "fixe|telephone fixe|tel fixe|tel domicile|telephone domicile")
_ADDRESS: Words = ("address", _("Adresse"), "adresse|adresse 1|adresse postale|rue|voie|adresse ligne 1")
_MORE: Words = ("address_2", _("Complément d’adresse"), "complement d adresse|adresse 2|complement|complement adresse")
_POSTAL: Words = ("postal_code", _("Code postal"), "code postal|cp|code postale")
_CITY: Words = ("city", _("Commune"), "ville|commune|localite")
_ID: Words = ("id", _("Identifiant de l’établissement"), "id|identifiant|matricule|numero|code|num|id interne")
_FUNCTION: Words = ("function", _("Fonction"), "fonction|emploi|poste|metier")
_PERSON: tuple[Words, ...] = (
    _LAST,
    _FIRST,
    _FULL,
    (
        "birth_date",
        _("Date de naissance"),
        "date de naissance|date naissance|ne le|nee le|naissance|ddn|date naiss|ne e le",
    ),
    _CIVILITY,
    ("birth_name", _("Nom de naissance"), "nom de naissance|nom naissance|nom jeune fille"),
    _ID,
    ("aaf_id", _("Identifiant AAF"), "id aaf|jointure|identifiant aaf|entpersonjointure"),
    ("ine", "INE", "ine|numero ine|n ine|identifiant national"),
    ("profile", _("Profil"), "profil|statut|type|categorie|role|qualite"),
    _FUNCTION,
    ("division", _("Classe"), "classe|division|formation|section|promotion|promo"),
    ("groups", _("Groupes"), "groupe|groupes"),
    ("mef", _("Code MEF"), "mef|code mef|mef appartenance"),
    ("uai", _("UAI de l’établissement"), "uai|rne|code uai|code etablissement|uai rne"),
    ("entered_on", _("Date d’entrée"), "date d entree|date entree|entree|date inscription"),
    _EMAIL,
    _MOBILE,
    _HOME,
    _ADDRESS,
    _MORE,
    _POSTAL,
    _CITY,
)
_GUARDIAN: tuple[Words, ...] = (
    _LAST,
    _FIRST,
    _CALLED,
    _CIVILITY,
    ("relation", _("Lien avec l’élève"), "lien|lien de parente|parente|lien parente"),
    ("legal", _("Représentant légal"), "legal|autorite parentale|representant|responsabilite"),
    _ID,
    _EMAIL,
    _MOBILE,
    _HOME,
    _ADDRESS,
    _POSTAL,
    _CITY,
)
_COMPANY: tuple[Words, ...] = (
    ("name", _("Entreprise"), "nom|raison sociale|nom de l|denomination|enseigne|"),
    ("siret", "SIRET", "siret|n siret|numero siret"),
    _ADDRESS,
    _POSTAL,
    _CITY,
    (
        "starts",
        _("Début du contrat"),
        "debut|date debut|date de debut|du|debut contrat|date debut contrat|date de debut de|date debut de",
    ),
    (
        "ends",
        _("Fin du contrat"),
        "fin|date fin|date de fin|au|fin contrat|date fin contrat|date de fin de|date fin de",
    ),
)
_BY_ROLE: dict[Role, tuple[Words, ...]] = {
    Role.PERSON: _PERSON,
    Role.GUARDIAN_1: _GUARDIAN,
    Role.GUARDIAN_2: _GUARDIAN,
    Role.MASTER: (_LAST, _FIRST, _CALLED, _CIVILITY, _ID, _EMAIL, _MOBILE, _FUNCTION),
    Role.COMPANY: _COMPANY,
    Role.TRAINER: (_LAST, _FIRST, _CALLED, _EMAIL, _ID),
}
_ALL = (
    Field(role, attribute, label, tuple(words.split("|")))
    for role, described in _BY_ROLE.items()
    for attribute, label, words in described
)
FIELDS: dict[str, Field] = {field.key: field for field in _ALL}
NAMES = ({f"{Role.PERSON}.last_name", f"{Role.PERSON}.first_name"}, {f"{Role.PERSON}.full_name"})

# Unannounced, these columns go on speaking of whom the column before them did.
_FOLLOWING = {"address", "address_2", "postal_code", "city", "starts", "ends"}


@cache
def _by_words() -> dict[tuple[Role, str], Field]:
    return {(field.role, words): field for field in reversed(FIELDS.values()) for words in field.words}


@cache
def _role_words() -> list[tuple[str, Role]]:
    pairs = [(words, role) for role, all_words in _ROLE_WORDS.items() for words in all_words]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def is_header_word(text: str) -> bool:
    """Whether a cell reads as the name of a column."""
    return field_of(text) is not None


def field_of(header: str, before: Field | None = None) -> Field | None:
    """The field that a column's name announces; `before` is the field of the column on its left."""
    words = plain(header)
    known = _by_words()
    if found := known.get((Role.PERSON, words)):
        if before and before.role == Role.COMPANY and found.attribute in _FOLLOWING:
            return known.get((before.role, words), found)
        return found
    for role_words, role in _role_words():
        rest = _without(words, role_words)
        if rest is not None and (found := known.get((role, rest))):
            return found
    return known.get((Role.COMPANY, words))


def _without(words: str, role_words: str) -> str | None:
    """What is left of a column's name once its role is taken off its head or its end; None where it is not there."""
    if words == role_words:
        return ""
    if words.startswith(role_words + " "):
        return re.sub(r"^(?:de l |du |de la |de |d |l )", "", words.removeprefix(role_words + " "))
    if words.endswith(" " + role_words):
        return re.sub(r" (?:de l|du|de la|de|d|l)$", "", words.removesuffix(" " + role_words))
    return None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, what it shows, and the key of the field it would fill (empty: none)."""

    index: int
    header: str
    samples: tuple[str, ...]
    field: str


def guess(table: Table, remembered: Mapping[str, str] | None = None) -> list[Column]:
    """Each column with the field it seems to fill, never the same twice.

    `remembered` gives, from the last import of the school, the field of each header (in lower case): it is believed
    first, then the header, then the cells.
    """
    chosen: dict[int, str] = {}
    for index, header in enumerate(table.header):
        key = (remembered or {}).get(header.casefold())
        if key is not None and (key in FIELDS or not key) and key not in chosen.values():
            chosen[index] = key
    before: Field | None = None
    for index, header in enumerate(table.header):
        if index not in chosen:
            found = field_of(header, before)
            if found and found.key not in chosen.values():
                chosen[index] = found.key
        before = FIELDS.get(chosen.get(index, ""))
    _guess_by_cells(table, chosen)
    return [
        Column(index, header, tuple(islice(dict.fromkeys(table.column(index)), 3)), chosen.get(index, ""))
        for index, header in enumerate(table.header)
    ]


def _guess_by_cells(table: Table, chosen: dict[int, str]) -> None:
    for index in range(len(table.header)):
        if index in chosen:
            continue
        attribute = _attribute_of(list(islice(table.column(index), 40)))
        key = f"{Role.COMPANY if attribute == 'siret' else Role.PERSON}.{attribute}"
        if attribute and key not in chosen.values():
            chosen[index] = key


_SHAPES = {
    "email": values.is_email,
    "siret": values.is_siret,
    "ine": values.is_ine,
    "birth_date": values.is_birth_date,
    "mobile": values.is_phone,
    "civility": values.is_civility,
    "postal_code": values.is_postal_code,
}


def _attribute_of(cells: list[str]) -> str:
    """What most cells of a column look like."""
    for attribute, has_shape in _SHAPES.items():
        if cells and sum(map(has_shape, cells)) >= 0.8 * len(cells):
            return attribute
    return ""


def problems_of(columns: Mapping[int, str]) -> list[str | Promise]:
    """Why these columns cannot be imported: French sentences, none when all is well."""
    keys = [key for key in columns.values() if key]
    found: list[str | Promise] = []
    twice = {key for key in keys if keys.count(key) > 1}
    found += [
        _("Deux colonnes donnent la même chose\u00a0: {label}.").format(label=full_label(key)) for key in sorted(twice)
    ]
    if not any(names <= set(keys) for names in NAMES):
        found.append(_("Dites quelle colonne donne le nom et laquelle donne le prénom."))
    return found


def full_label(key: str) -> str:
    """« Courriel (maître d’apprentissage) »: the name of a field, and of whom it speaks when not the person."""
    field = FIELDS[key]
    if field.role == Role.PERSON:
        return str(field.label)
    return f"{field.label} ({str(ROLES[field.role]).lower()})"
