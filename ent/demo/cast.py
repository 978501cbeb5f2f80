"""The people known by name: they are in every demonstration, with the same identifiers whatever the seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from ent.demo import names
from ent.directory.enums import Profile

PUPILS, GUARDIANS, STAFF = 2_000_000, 4_000_000, 6_000_000
PER_SCHOOL = 10_000


def jointure(kind: int, school: int, rank: int) -> int:
    """The AAF identifier of the nth person of a kind in the school of that rank."""
    return kind + school * PER_SCHOOL + rank


@dataclass(frozen=True)
class CastPupil:
    key: str
    id: int
    school: int
    division: str
    last_name: str
    first_name: str
    sex: str
    birthday: tuple[int, int] | None
    years_late: int
    family: str


@dataclass(frozen=True)
class CastGuardian:
    key: str
    family: str
    last_name: str
    first_name: str
    sex: str
    birth: str
    link: int
    legal: int
    contact: bool
    pays: bool
    street: str
    postal_code: str
    commune: str
    mail: str


@dataclass(frozen=True)
class CastStaff:
    """`functions`, `targets` and `heads` are pairs: rank of the school, then a function key or a label."""

    key: str
    id: int
    last_name: str
    first_name: str
    sex: str
    birth: str
    functions: tuple[tuple[int, str], ...]
    subject: str
    targets: tuple[tuple[int, str], ...]
    heads: tuple[tuple[int, str], ...]

    @property
    def school(self) -> int:
        return self.functions[0][0]


@dataclass(frozen=True)
class CastMember:
    """Somebody the demonstration’s sign-in page offers.

    `category` is Eleve, PersRelEleve or PersEducNat with the AAF jointure as `id`; or Apprentissage,
    with the e-mail address given by the CFA’s file as `id`.
    """

    key: str
    category: str
    id: str
    name: str
    label: str
    profile: Profile


@cache
def pupils() -> list[CastPupil]:
    ranks: Counter[int] = Counter()
    people = []
    for row in names.rows("cast_pupils"):
        school = int(row["school"])
        ranks[school] += 1
        month, _, day = row["birthday"].partition("-")
        people.append(
            CastPupil(
                key=row["key"],
                id=jointure(PUPILS, school, ranks[school]),
                school=school,
                division=row["division"],
                last_name=row["last_name"],
                first_name=row["first_name"],
                sex=row["sex"],
                birthday=(int(month), int(day)) if day else None,
                years_late=int(row["years_late"]),
                family=row["family"],
            )
        )
    return people


@cache
def guardians(family: str) -> list[CastGuardian]:
    """The guardians of a family of the cast, the first to be called first; none for an ordinary family."""
    return [
        CastGuardian(
            key=row["key"],
            family=row["family"],
            last_name=row["last_name"],
            first_name=row["first_name"],
            sex=row["sex"],
            birth=row["birth"],
            link=int(row["link"]),
            legal=int(row["legal"]),
            contact=row["contact"] == "1",
            pays=row["pays"] == "1",
            street=row["street"],
            postal_code=row["postal_code"],
            commune=row["commune"],
            mail=row["mail"],
        )
        for row in names.rows("cast_guardians")
        if row["family"] == family
    ]


@cache
def staff() -> list[CastStaff]:
    ranks: Counter[int] = Counter()
    people = []
    for row in names.rows("cast_staff"):
        functions = _pairs(row["functions"])
        school = functions[0][0]
        ranks[school] += 1
        people.append(
            CastStaff(
                key=row["key"],
                id=jointure(STAFF, school, ranks[school]),
                last_name=row["last_name"],
                first_name=row["first_name"],
                sex=row["sex"],
                birth=row["birth"],
                functions=functions,
                subject=row["subject"],
                targets=_pairs(row["targets"]),
                heads=_pairs(row["head"]),
            )
        )
    return people


def _pairs(text: str) -> tuple[tuple[int, str], ...]:
    split = (item.partition(":") for item in text.split("|") if item)
    return tuple((int(school), value) for school, _, value in split)


@cache
def guardian_ids() -> dict[str, int]:
    """Identifiers of the cast’s guardians by key: they come first in the school of their first child."""
    ids: dict[str, int] = {}
    ranks: Counter[int] = Counter()
    for pupil in pupils():
        for guardian in guardians(pupil.family):
            if guardian.key not in ids:
                ranks[pupil.school] += 1
                ids[guardian.key] = jointure(GUARDIANS, pupil.school, ranks[pupil.school])
    return ids


def _members() -> tuple[CastMember, ...]:
    found = {p.key: ("Eleve", str(p.id), f"{p.first_name} {p.last_name}") for p in pupils()}
    found |= {s.key: ("PersEducNat", str(s.id), f"{s.first_name} {s.last_name}") for s in staff()}
    for pupil in pupils():
        for g in guardians(pupil.family):
            found[g.key] = ("PersRelEleve", str(guardian_ids()[g.key]), f"{g.first_name} {g.last_name}")
    found["bernard-couturier"] = ("Apprentissage", MASTER_MAIL, "Bernard Couturier")
    return tuple(CastMember(key, *found[key], label, profile) for key, label, profile in _SIGN_IN)


MASTER_MAIL = "bernard.couturier@boulangerie-couturier.example"

# The sign-in page, in its order: pupils, parents, teachers, school life, headship, others.
_SIGN_IN = (
    ("ines-moreau", "Élève, 2de 4, lycée Jeanne-de-Touraine", Profile.PUPIL),
    ("malo-moreau", "Élève, 5e B, collège des Bords-de-Loire", Profile.PUPIL),
    ("sofia-benali", "Élève, 2de 1, lycée agricole du Véron", Profile.PUPIL),
    ("maxime-roy", "Étudiant majeur, BTSA 2, lycée agricole du Véron", Profile.PUPIL),
    ("lea-martin", "Élève, 2de 2, avec une homonyme en 2de 9", Profile.PUPIL),
    ("lucas-perrin", "Apprenti boulanger, CFA des Deux-Rives", Profile.APPRENTICE),
    ("claire-moreau", "Parent, deux enfants dans deux établissements", Profile.GUARDIAN),
    ("thomas-moreau", "Parent séparé, deux enfants", Profile.GUARDIAN),
    ("karim-benali", "Parent, lycée agricole du Véron", Profile.GUARDIAN),
    ("helene-fabre", "Enseignante de mathématiques", Profile.TEACHER),
    ("paul-garnier", "Enseignant de physique-chimie", Profile.TEACHER),
    ("emily-whitaker", "Enseignante d’anglais", Profile.TEACHER),
    ("sandrine-keller", "Enseignante dans deux établissements, et parent", Profile.TEACHER),
    ("benoit-chartier", "Enseignant d’agronomie et chef de travaux", Profile.TEACHER),
    ("olivier-masson", "Formateur au CFA des Deux-Rives", Profile.TEACHER),
    ("marie-hamel", "Professeure documentaliste", Profile.LIBRARIAN),
    ("julien-lemaire", "CPE, vie scolaire", Profile.SCHOOL_LIFE),
    ("yasmine-saidi", "Assistante d’éducation, vie scolaire", Profile.SCHOOL_LIFE),
    ("anne-dupont", "Proviseure", Profile.HEADSHIP),
    ("isabelle-caron", "Principale du collège", Profile.HEADSHIP),
    ("marc-tessier", "Correspondant ENT du collège", Profile.TEACHER),
    ("catherine-morel", "Infirmière", Profile.ADMINISTRATIVE),
    ("michel-gaudin", "Agent de la région", Profile.LOCAL_AUTHORITY),
    ("bernard-couturier", "Maître d’apprentissage de Lucas Perrin", Profile.MASTER),
)

CAST = _members()
