"""Writes the file by which a CFA tells what AAF does not: apprentices, trainers, masters and companies."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ent.demo import cast, names, schools
from ent.demo.entries import french
from ent.demo.people import Address, Division, Population, Pupil, Staff
from ent.demo.population import populate, school_year

# Word of the division’s name that tells the trade, and how its companies are called.
_TRADES = {
    "boulanger": "Boulangerie",
    "coiffure": "Salon de coiffure",
    "maçon": "Maçonnerie",
    "gestion": "Cabinet de gestion",
}


@dataclass(frozen=True, slots=True)
class _Master:
    """Who trains an apprentice in the company, and the company."""

    sex: str
    last_name: str
    first_name: str
    mail: str
    phone: str
    company: str
    siret: str
    address: Address


def write_apprenticeships(folder: Path, *, schools: int = 4, seed: int = 2026, day: date) -> list[Path]:
    """Write one CSV for each CFA (semicolons, windows-1252, one line for each contract) and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for population in populate(schools, seed, day):
        if population.school.type != "CFA":
            continue
        path = folder / f"apprentissage_{population.school.uai}_{day:%Y%m%d}.csv"
        with path.open("w", encoding="cp1252", newline="") as file:
            contracts = list(_contracts(names.dice(f"{seed}:contracts:{population.school.uai}"), population, day))
            writer = csv.DictWriter(file, list(contracts[0]), delimiter=";", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(contracts)
        paths.append(path)
    return paths


def _contracts(rng: random.Random, population: Population, day: date) -> Iterator[dict[str, str]]:
    school, masters = population.school, _Masters(rng, population)
    start = school_year(day)
    for pupil in population.pupils:
        if pupil.division.level.status != "APPRENTI":
            continue
        master, trainer = masters.of(pupil), _trainer(population, pupil.division)
        second_year = pupil.division.level.name.endswith("2")
        yield {
            "uai": school.uai,
            "ine": pupil.ine,
            "nom": pupil.last_name.upper(),
            "prenom": pupil.first_name,
            "date_naissance": french(pupil.birth),
            "classe": pupil.division.label,
            "mef": pupil.division.level.mef,
            "formateur_nom": trainer.last_name.upper(),
            "formateur_prenom": trainer.first_name,
            "formateur_mail": trainer.mail,
            "maitre_civilite": "Mme" if master.sex == "F" else "M.",
            "maitre_nom": master.last_name.upper(),
            "maitre_prenom": master.first_name,
            "maitre_mail": master.mail,
            "maitre_telephone": master.phone,
            "entreprise": master.company,
            "siret": master.siret,
            "adresse": master.address.street,
            "code_postal": master.address.postal_code,
            "commune": master.address.commune,
            "contrat_debut": f"01/09/{start - second_year}",
            "contrat_fin": f"31/08/{start + 2 - second_year}",
        }


def _trainer(population: Population, division: Division) -> Staff:
    """The head teacher of the division: a CFA has its trainers follow the companies of their division."""
    return next(person for person in population.staff if any(d is division for _, d in person.heads))


class _Masters:
    """Draws the masters of a CFA; a company may train several apprentices of its trade."""

    def __init__(self, rng: random.Random, population: Population) -> None:
        self.rng, self.school = rng, population.school
        self._by_trade: dict[str, list[_Master]] = {trade: [] for trade in _TRADES}
        self._number = 0

    def of(self, pupil: Pupil) -> _Master:
        trade = next(word for word in _TRADES if word in pupil.division.label)
        if pupil.id == _lucas():
            return self._new(trade, "M", "Couturier", "Bernard", mail=cast.MASTER_MAIL)
        known = self._by_trade[trade]
        if known and self.rng.random() < 0.25:
            return self.rng.choice(known)
        sex = self.rng.choice("FM")
        known.append(self._new(trade, sex, names.surname(self.rng), names.adult_first_name(self.rng, sex)))
        return known[-1]

    def _new(self, trade: str, sex: str, last_name: str, first_name: str, mail: str = "") -> _Master:
        self._number += 1
        number = self.school.rank * 1000 + self._number
        host = f"{names.plain(_TRADES[trade])}-{names.plain(last_name)}-{number}.example"
        return _Master(
            sex=sex,
            last_name=last_name,
            first_name=first_name,
            mail=mail or f"{names.plain(first_name)}.{names.plain(last_name)}@{host}",
            phone=names.mobile(self.rng),
            company=f"{_TRADES[trade]} {last_name}",
            siret=schools.company_siret(number),
            address=names.home(self.rng, self.school.address, self.school.department),
        )


def _lucas() -> int:
    return next(pupil.id for pupil in cast.pupils() if pupil.key == "lucas-perrin")
