"""Labels of the national nomenclatures as one writes them: the files have them in capitals without accents."""

import re
from functools import lru_cache

# Words whose accents capitals lost. Only those that the nomenclatures of subjects, functions and levels use often.
ACCENTED = {
    "annee": "année",
    "appliquees": "appliquées",
    "cinema": "cinéma",
    "controle": "contrôle",
    "delegue": "délégué",
    "d'etablissement": "d’établissement",
    "d'education": "d’éducation",
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
    "litterature": "littérature",
    "mathematique": "mathématique",
    "mathematiques": "mathématiques",
    "mecanique": "mécanique",
    "medico": "médico",
    "metiers": "métiers",
    "numerique": "numérique",
    "numeriques": "numériques",
    "operationnelle": "opérationnelle",
    "premiere": "première",
    "prevention": "prévention",
    "sante": "santé",
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
