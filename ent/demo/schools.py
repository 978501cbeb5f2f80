"""Which schools the demonstration has: the four that the pictures show, then as many invented ones as asked."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from ent.demo import names
from ent.demo.people import Address, School

SHOWN = 4
MOST = 120

# Rank 1 to 4. Numbers that no school bears: the region’s real ones stop below 9900 in each department.
_DEMONSTRATION = (
    School(1, "0379901L", "COLLEGE", "Collège des Bords-de-Loire", "037",
           Address("1 quai des Marais", "37400", "Amboise"), 555),
    School(2, "0379902M", "LGT", "Lycée Jeanne-de-Touraine", "037",
           Address("14 rue de l'Ermitage", "37000", "Tours"), 1084),
    School(3, "0379903N", "LYCEE_AGRICOLE", "Lycée agricole du Véron", "037",
           Address("2 route de la Confluence", "37420", "Savigny-en-Véron"), 241),
    School(4, "0379904P", "CFA", "CFA des Deux-Rives", "037",
           Address("9 rue des Compagnons", "37100", "Tours"), 219),
)  # fmt: skip

# The 116 others: how many of each type, and their sizes (least, most, usual), near those of the region’s ENT.
_OTHERS = (
    ("COLLEGE", 4, (280, 640, 460)),
    ("LGT", 26, (500, 1500, 900)),
    ("LG", 5, (350, 950, 650)),
    ("LPO", 19, (450, 1350, 780)),
    ("LP", 35, (150, 640, 330)),
    ("EREA", 3, (90, 160, 120)),
    ("LYCEE_AGRICOLE", 12, (150, 400, 240)),
    ("CFA", 12, (160, 480, 270)),
)
_KINDS = {
    "COLLEGE": "Collège",
    "LGT": "Lycée",
    "LG": "Lycée",
    "LPO": "Lycée polyvalent",
    "LP": "Lycée professionnel",
    "EREA": "EREA",
    "LYCEE_AGRICOLE": "Lycée agricole",
    "CFA": "CFA",
}
# Department of the UAI, and how many of the 116 it gets.
_DEPARTMENTS = (("037", 28), ("045", 28), ("028", 19), ("018", 16), ("041", 15), ("036", 10))
_COLUMNS = (
    "uai,type,name,sector,ministry,address,postal_code,insee_code,commune,department_code,department,"
    "latitude,longitude,siret,pupils,basin,boarding"
)
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai(digits: str) -> str:
    """The seven digits of a school’s number followed by its check letter."""
    return f"{digits}{_LETTERS[int(digits) % 23]}"


def plan(count: int = SHOWN, seed: int = 2026) -> list[School]:
    """The first `count` schools of the demonstration (4 to 120), the four shown ones first.

    Raises ValueError for another count.
    """
    if not SHOWN <= count <= MOST:
        raise ValueError(f"The demonstration has {SHOWN} to {MOST} schools, not {count}.")
    return [*_DEMONSTRATION, *_others(names.dice(f"{seed}:plan"))][:count]


def _others(rng: random.Random) -> list[School]:
    """The 116 invented schools, those of a department together so that neighbours share families."""
    types = [(kind, sizes) for kind, many, sizes in _OTHERS for _ in range(many)]
    rng.shuffle(types)
    titles = [row["name"] for row in names.rows("school_names")]
    departments = [code for code, many in _DEPARTMENTS for _ in range(many)]
    schools: list[School] = []
    taken: set[str] = set()
    for order, (department, (kind, sizes)) in enumerate(zip(departments, types, strict=True)):
        title = next(t for t in titles[order % len(titles) :] + titles if f"{_KINDS[kind]} {t}" not in taken)
        taken.add(f"{_KINDS[kind]} {title}")
        postal_code, town = names.commune(rng, department)
        schools.append(
            School(
                rank=SHOWN + order + 1,
                uai=uai(f"{department}99{11 + departments[:order].count(department):02d}"),
                type=kind,
                name=f"{_KINDS[kind]} {title}",
                department=department,
                address=Address(names.street(rng), postal_code, town),
                size=round(rng.triangular(*sizes)),
            )
        )
    return schools


def siret(school: School) -> str:
    """The SIRET of a school: fourteen digits with the right keys, from a range that is not in use (999…)."""
    return company_siret(school.rank)


def company_siret(number: int) -> str:
    """The SIRET of an invented company by its number (schools have theirs below 1000)."""
    return _with_key(f"{_with_key(f'999{number:05d}')}0001")


def _with_key(digits: str) -> str:
    """The digits followed by the Luhn key that SIREN and SIRET numbers end with."""
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))]
    return f"{digits}{-sum(d - 9 if d > 9 else d for d in doubled) % 10}"


def write_schools(path: Path, *, schools: int = SHOWN, seed: int = 2026) -> Path:
    """Write the schools as a CSV with the columns that the list of real schools has."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        for school in plan(schools, seed):
            writer.writerow(
                {
                    "uai": school.uai,
                    "type": school.type,
                    "name": school.name,
                    "sector": "Public",
                    "ministry": ministry(school)[1],
                    "address": school.address.street,
                    "postal_code": school.address.postal_code,
                    "commune": school.address.commune,
                    "department_code": school.department,
                    "siret": siret(school),
                    "pupils": school.size,
                }
            )
    return path


def ministry(school: School) -> tuple[str, str]:
    """Code and name of the ministry a school depends on."""
    if school.type == "LYCEE_AGRICOLE":
        return "02", "MINISTERE DE L'AGRICULTURE"
    return "06", "MINISTERE DE L'EDUCATION NATIONALE"
