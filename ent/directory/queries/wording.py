"""Labels of the national nomenclatures as one writes them: the files have them in capitals without accents."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _

from ent.directory.enums import Profile
from ent.directory.models import Membership
from ent.foundation.schools.enums import SchoolKind

# Words whose accents capitals lost. Only those that the nomenclatures of subjects, functions and levels use often.
ACCENTED = {
    "annee": "année",
    "appliquees": "appliquées",
    "appliques": "appliqués",
    "cinema": "cinéma",
    "collectivite": "collectivité",
    "comptabilite": "comptabilité",
    "controle": "contrôle",
    "delegue": "délégué",
    "d'etablissement": "d’établissement",
    "d'education": "d’éducation",
    "ecologie": "écologie",
    "economie": "économie",
    "economique": "économique",
    "economiques": "économiques",
    "education": "éducation",
    "electronique": "électronique",
    "electrotechnique": "électrotechnique",
    "eleves": "élèves",
    "energies": "énergies",
    "etablissement": "établissement",
    "etudes": "études",
    "francais": "français",
    "genie": "génie",
    "generale": "générale",
    "geographie": "géographie",
    "geopolitique": "géopolitique",
    "hebreu": "hébreu",
    "ingenieur": "ingénieur",
    "l'education": "l’éducation",
    "litterature": "littérature",
    "litteratures": "littératures",
    "mathematique": "mathématique",
    "mathematiques": "mathématiques",
    "mecanique": "mécanique",
    "medico": "médico",
    "metiers": "métiers",
    "numerique": "numérique",
    "numeriques": "numériques",
    "operationnelle": "opérationnelle",
    "premiere": "première",
    "presentation": "présentation",
    "prevention": "prévention",
    "sante": "santé",
    "secretariat": "secrétariat",
    "securite": "sécurité",
    "specialite": "spécialité",
    "theatre": "théâtre",
    "vegetales": "végétales",
    "1ere": "1re",
    "2eme": "2e",
    "2nde": "2de",
}
INITIALS = re.compile(r"LV[ABC1-3]|LC[AE]|EPS|SVT|SES|EMC|SNT|NSI|HGGSP|HLP|LLCE[RA]?|STMG|STI2D|ST2S|STL|STAV|EPI|CDI|"
                      r"CAP|BTSA?|BP|BAC|SEGPA|ULIS|PSE|AED|AESH|DNL")  # fmt: skip
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@lru_cache(maxsize=4_000)
def written(label: str) -> str:
    """« ANGLAIS LV1 » gives « Anglais LV1 », « FRANCAIS » « Français »; what is not all in capitals stays."""
    if not label.isupper():
        return label
    text = WORD.sub(lambda found: _word(found[0]), label)
    return text[:1].upper() + text[1:]


def _word(word: str) -> str:
    if INITIALS.fullmatch(word):
        return word
    plain = word.lower()
    return ACCENTED.get(plain, plain.replace("'", "’"))


# What a head is called where they head: (he, she).
HEADS = {
    SchoolKind.COLLEGE: ("Principal", "Principale"),
    SchoolKind.LYCEE: ("Proviseur", "Proviseure"),
    SchoolKind.LYCEE_PRO: ("Proviseur", "Proviseure"),
    SchoolKind.AGRICULTURAL: ("Directeur", "Directrice"),
    SchoolKind.CFA: ("Directeur", "Directrice"),
    SchoolKind.EREA: ("Directeur", "Directrice"),
}


def title_of(membership: Membership) -> str:
    """What a person is in a school, as one says it: « Proviseure », « Enseignante, mathématiques », « CPE », « Élève ».

    Reads the membership's person and school.
    """
    function, she = written(membership.function), membership.person.civility in {"Mme", "Mlle"}
    if membership.profile == Profile.TEACHER:
        teacher = _("Enseignante") if she else _("Enseignant")
        return f"{teacher}, {function[:1].lower()}{function[1:]}" if function else teacher
    if function.startswith("Chef d’établissement") and membership.school.kind in HEADS:
        head = HEADS[SchoolKind(membership.school.kind)][she]
        deputy = _("adjointe") if she else _("adjoint")
        return f"{head} {deputy}" if "adjoint" in function else head
    if function.startswith("Conseiller principal d’éducation"):
        return _("CPE")
    return function or str(Profile(membership.profile).label)
