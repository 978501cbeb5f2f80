"""What a cell says: dates, phones, SIRET… as spreadsheets leave them. A reader returns None for what it cannot read."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from ent.directory.enums import LegalDuty, Profile, Relation
from ent.directory.imports.names import plain
from ent.foundation.schools.models import validate_uai

# Excel counts days from here (and believes that 1900 was a leap year).
_EXCEL_ZERO = date(1899, 12, 30)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?: .*)?")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4})")
_MONTHS = ("janvier", "fevrier", "mars", "avril", "mai", "juin",
           "juillet", "aout", "septembre", "octobre", "novembre", "decembre")  # fmt: skip


def day(text: str) -> date | None:
    """« 01/09/2026 », « 2026-09-01 », « 1er septembre 2026 » or a spreadsheet's number of days (46266)."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _DAY_FIRST.fullmatch(text):
        return _date(_whole_year(found[3]), found[2], found[1])
    if found := _IN_WORDS.search(plain(text)):
        month = next((i for i, name in enumerate(_MONTHS, 1) if name.startswith(found[2]) and len(found[2]) > 2), 0)
        return _date(found[3], month, found[1])
    if re.fullmatch(r"\d{5}(?:[.,]0+)?", text):
        return _EXCEL_ZERO + timedelta(days=int(text[:5]))
    if re.fullmatch(r"(?:19|20)\d{6}", text):
        return _date(text[:4], text[4:6], text[6:])
    return None


def _date(year: str | int, month: str | int, day_: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        return None


def _whole_year(year: str) -> int:
    """« 09 » is 2009, « 85 » is 1985: nobody in a school file is born in ten years."""
    if len(year) == 4:
        return int(year)
    recent = 2000 + int(year)
    return recent if recent <= timezone.localdate().year + 5 else recent - 100


def birth_date(text: str) -> date | None:
    """A day on which someone now living was born."""
    born = day(text)
    today = timezone.localdate()
    return born if born and date(today.year - 110, 1, 1) < born < today else None


def email(text: str) -> str | None:
    address = text.removeprefix("mailto:").strip(" ;,<>").lower()
    try:
        validate_email(address)
    except ValidationError:
        return None
    return address


def phone(text: str) -> str | None:
    """« +33 6 39 98 10 10 » from « 0639981010 » or « 639981010 » (a spreadsheet took its zero); « 6,4E+08 » is lost."""
    digits = re.sub(r"[^\d+]", "", re.sub(r"\(0\)", "", text))
    if re.search(r"[eE]\+", text):
        return None
    digits = re.sub(r"^(?:\+|00)?33(?=\d{9}$)", "", digits)
    if re.fullmatch(r"0?[1-9]\d{8}", digits):
        national = digits[-9:]
        return "+33 " + national[0] + "".join(f" {national[i : i + 2]}" for i in range(1, 9, 2))
    return digits if re.fullmatch(r"(?:\+|00)\d{7,15}", digits) else None


def siret(text: str) -> str | None:
    """Fourteen digits whose Luhn sum is right (La Poste's, which add up to a multiple of five, too)."""
    digits = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"\d{14}", digits):
        return None
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(digits))
    luhn = sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
    post_office = digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0
    return digits if luhn or post_office else None


def ine(text: str) -> str | None:
    """National pupil number: 11 characters, of which the last one or two are letters."""
    bare = re.sub(r"\s", "", text).upper()
    return bare if re.fullmatch(r"\d{9}[A-Z]{2}|\d{10}[A-Z]", bare) else None


def uai(text: str) -> str | None:
    bare = re.sub(r"\s", "", text).upper().zfill(8)
    try:
        validate_uai(bare)
    except ValidationError:
        return None
    return bare


def postal_code(text: str) -> str | None:
    """« 01000 » even when a spreadsheet dropped its zero; a foreign one as it is."""
    return text.zfill(5) if re.fullmatch(r"\d{4,5}", text) else (text[:10] or None)


_MISTER = {"m", "mr", "monsieur", "h", "homme", "masculin", "garcon", "1"}
_MADAM = {"mme", "mlle", "madame", "mademoiselle", "f", "femme", "feminin", "fille", "2", "mle", "me"}


def civility(text: str) -> str | None:
    word = plain(text)
    if word in _MISTER:
        return "M."
    return "Mme" if word in _MADAM else None


_PROFILES: dict[Profile, str] = {
    Profile.PUPIL: "eleve eleves etudiant lyceen collegien interne demi pensionnaire externe",
    Profile.APPRENTICE: "apprenti apprentie apprentis alternant alternante",
    Profile.GUARDIAN: "responsable parent pere mere tuteur representant responsables parents",
    Profile.TEACHER: "enseignant enseignante professeur prof formateur formatrice formateurs enseignants pcea plpa",
    Profile.HEADSHIP: "direction directeur directrice proviseur proviseure principal principale chef",
    Profile.SCHOOL_LIFE: "vie cpe surveillant surveillante aed assistant assistante educateur educatrice",
    Profile.LIBRARIAN: "documentaliste",
    Profile.ADMINISTRATIVE: "administratif administrative secretaire gestionnaire intendant technique agent comptable",
    Profile.LOCAL_AUTHORITY: "collectivite region",
    Profile.MASTER: "maitre",
    Profile.GUEST: "invite invitee intervenant intervenante partenaire exterieur",
}
_PROFILE_WORDS = {word: profile for profile, words in _PROFILES.items() for word in words.split()}


def profile(text: str) -> Profile | None:
    """The profile a word names: « Apprentie », « Formateur », « Maître d’apprentissage », or the code itself."""
    if text in Profile.values:
        return Profile(text)
    return next((_PROFILE_WORDS[word] for word in plain(text).split() if word in _PROFILE_WORDS), None)


_RELATIONS: dict[Relation, str] = {
    Relation.MOTHER: "mere maman mother",
    Relation.FATHER: "pere papa father",
    Relation.SIBLING: "frere soeur fratrie",
    Relation.ANCESTOR: "grand ascendant",
    Relation.FAMILY: "oncle tante beau belle famille cousin cousine",
    Relation.EDUCATOR: "educateur educatrice",
    Relation.FOSTER: "familial assistante assistant accueil",
    Relation.CHILDMINDER: "garde nourrice",
    Relation.TUTOR: "tuteur tutrice tutelle",
    Relation.ASE: "ase sociale",
    Relation.SELF: "lui elle meme",
}
_RELATION_WORDS = {word: relation for relation, words in _RELATIONS.items() for word in words.split()}


def relation(text: str) -> Relation | None:
    if text in Relation.values:
        return Relation(text)
    words = plain(text).split()
    if words[:1] == ["autre"]:
        return Relation.OTHER
    return next((_RELATION_WORDS[word] for word in words if word in _RELATION_WORDS), None)


def legal(text: str) -> LegalDuty | None:
    word = plain(text)
    if word in {"oui", "o", "1", "x", "vrai", "true", "legal", "representant legal", "responsable legal"}:
        return LegalDuty.LEGAL
    if word in {"2", "en charge", "personne en charge"}:
        return LegalDuty.IN_CHARGE
    return LegalDuty.NONE if word in {"non", "n", "0", "faux", "false", "contact"} else None


def listed(text: str) -> list[str]:
    """« LV2 espagnol 1 / Maths » as a list."""
    return [part.strip() for part in re.split(r"[/|;,\n]", text) if part.strip()]


def _readable(reader: Callable[[str], object | None]) -> Callable[[str], bool]:
    return lambda text: reader(text) is not None


is_email = _readable(email)
is_siret = _readable(siret)
is_ine = _readable(ine)
is_phone = _readable(phone)
is_civility = _readable(civility)


def is_birth_date(text: str) -> bool:
    """A date written as one: a bare number may be anything."""
    return not text.isdigit() and birth_date(text) is not None


def is_postal_code(text: str) -> bool:
    return bool(re.fullmatch(r"\d{5}", text))
