"""A collège and a lycée told in AAF, one entry at a time, and what brings them into the directory."""

from datetime import date

import pytest

from ent.core.actors import Actor
from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.actions.establishments import ensure_region
from ent.directory.enums import ExternalSystem
from ent.directory.models import Enrolment, ExternalId, ImportAnomaly, Membership, Person
from ent.directory.tests.aaf_text import add, document

BY = Actor("Marc Tessier")
COLLEGE, LYCEE = "1001", "1002"
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
FILE_ENTITIES = {"MatEducNat": "MatiereEducNat"}


def college(**attributes):
    """The collège des Bords-de-Loire, with a 5e A and a 5e B, and a group of both."""
    facts = {
        "ENTStructureJointure": COLLEGE,
        "ENTStructureUAI": "0379901L",
        "ENTStructureNomCourant": "CLG$Bords-de-Loire$AMBOISE",
        "l": "AMBOISE",
        "ENTStructureClasses": ["5A$5e A$10210001110", "5B$5e B$10210001110"],
        "ENTStructureGroupes": ["LAT$Latin$5A$5B", "ALL$Allemand$5A$5B"],
    }
    return add("EtabEducNat", COLLEGE, **{**facts, **attributes})


def lycee(**attributes):
    """The lycée Jeanne-de-Touraine, with a 2de 4."""
    facts = {
        "ENTStructureJointure": LYCEE,
        "ENTStructureUAI": "0379902M",
        "ENTStructureNomCourant": "LGT$Jeanne-de-Touraine$TOURS",
        "l": "TOURS",
        "ENTStructureClasses": ["2D4$2de 4$20010015110"],
        "ENTStructureGroupes": [],
    }
    return add("EtabEducNat", LYCEE, **{**facts, **attributes})


def mef(code="10210001110", label="5EME"):
    return add("MefEducNat", code, ENTMefJointure=code, ENTLibelleMef=label, ENTMEFSTAT11="21110010002")


def subject(code="061300", label="MATHEMATIQUES"):
    return add("MatEducNat", code, ENTMatJointure=code, ENTLibelleMatiere=label)


def pupil(entry, first="Malo", last="MOREAU", *, school=COLLEGE, division="5B", groups=(), guardians=(), **attributes):
    """A pupil; `guardians` are `id$lien$financier$légal$contact$paiement`."""
    facts = {
        "ENTPersonJointure": entry,
        "ENTEleveINE": f"{entry}AA",
        "ENTEleveStructRattachId": f"9{entry}",
        "ENTPersonDateNaissance": "14/02/2014",
        "sn": last,
        "givenName": first,
        "personalTitle": "M.",
        "ENTElevePersRelEleve": list(guardians),
        "ENTPersonAdresse": "12, rue du Pont$$$",
        "ENTPersonCodePostal": "37400",
        "ENTPersonVille": "AMBOISE",
        "ENTEleveRegime": "EXTERNE LIBRE",
        "ENTEleveStatutEleve": "SCOLAIRE",
        "ENTEleveMEF": "10210001110",
        "ENTPersonStructRattach": school,
        "ENTEleveClasses": f"{school}${division}" if division else "",
        "ENTEleveGroupes": [f"{school}${group}" for group in groups],
        "ENTEleveDateEntreeClasses": f"{school}$01/09/2026${division}" if division else "",
    }
    return add("Eleve", entry, **{**facts, **attributes})


def guardian(entry, first="Claire", last="MOREAU", **attributes):
    facts = {
        "ENTPersonJointure": entry,
        "sn": last,
        "givenName": first,
        "personalTitle": "MME",
        "mobile": "06 39 98 10 10",
        "mail": f"{first.lower()}@famille.example",
        "ENTPersonAdresse": "12, rue du Pont$$$",
    }
    return add("PersRelEleve", entry, **{**facts, **attributes})


def teacher(entry, first="Hélène", last="FABRE", *, school=COLLEGE, code="ENS", **attributes):
    facts = {
        "ENTPersonJointure": entry,
        "ENTPersonDateNaissance": "21/03/1981",
        "sn": last,
        "givenName": first,
        "personalTitle": "MME",
        "ENTPersonStructRattach": school,
        "ENTPersonFonctions": [f"{school}${code}$ENSEIGNEMENT$L1300$MATHEMATIQUES"],
    }
    return add("PersEducNat", entry, **{**facts, **attributes})


def usual():
    """Everything of a small region, by entity."""
    return {
        "EtabEducNat": [college(), lycee()],
        "MefEducNat": [mef(), mef("20010015110", "2DE")],
        "MatEducNat": [subject()],
        "Eleve": [
            pupil("2001", guardians=["3001$10$1$1$1$1"], groups=["LAT"]),
            pupil("2002", "Inès", school=LYCEE, division="2D4", guardians=["3001$10$1$1$1$1"]),
            *[pupil(f"20{number}", f"Élève {'ABCDEFGHIJ'[number - 10]}", "DURAND", division="5A")
              for number in range(10, 20)],
        ],
        "PersRelEleve": [guardian("3001")],
        "PersEducNat": [
            teacher("4001", ENTAuxEnsClassesMatieres=f"{COLLEGE}$5B$061300",
                    ENTAuxEnsClassesPrincipal=f"{COLLEGE}$5B"),
        ],
    }  # fmt: skip


class Academy:
    """Delivers files in a folder, and has them imported."""

    def __init__(self, folder):
        self.folder = folder
        self.number = 0

    def write(self, entries, *, kind="Complet", day=MONDAY):
        """One file by entity, even empty, in a folder of its own."""
        self.number += 1
        folder = self.folder / f"{self.number:02d}"
        folder.mkdir()
        for entity, listed in entries.items():
            name = f"ENT_{kind}_{day:%Y%m%d}_{FILE_ENTITIES.get(entity, entity)}_0000.xml"
            (folder / name).write_bytes(document(*listed))
        return folder

    def deliver(self, entries, **options):
        return self.import_folder(self.write(entries, **options))

    def delta(self, *, day=TUESDAY, **entries):
        return self.deliver({entity: list(listed) for entity, listed in entries.items()}, kind="Delta", day=day)

    def import_folder(self, folder, **options):
        return tasks.apply(acts.ask_import(paths=[folder], by=BY, **options).pk, by=BY)

    def preview(self, entries, **options):
        return tasks.preview(acts.ask_import(paths=[self.write(entries, **options)], by=BY).pk, by=BY)


@pytest.fixture
def academy(everything, tmp_path):
    """An académie whose files the test writes; the region exists, and nothing else."""
    ensure_region(by=BY)
    return Academy(tmp_path)


SYSTEMS = {"2": ExternalSystem.AAF_PUPIL, "3": ExternalSystem.AAF_GUARDIAN, "4": ExternalSystem.AAF_STAFF}


def person(entry):
    """The human that an AAF identifier names."""
    return Person.objects.get(pk=ExternalId.objects.get(system=SYSTEMS[entry[0]], value=entry).person_id)


def membership(entry, profile=None):
    rows = Membership.objects.filter(person=person(entry)).order_by("pk")
    return rows.get(profile=profile) if profile else rows.get()


def places(entry):
    """Divisions of a pupil with their dates, the oldest first."""
    rows = Enrolment.objects.filter(membership__person=person(entry), division__isnull=False).order_by("starts")
    return [(row.division.label, row.starts, row.ends) for row in rows]


def groups(entry, day=MONDAY):
    rows = Enrolment.objects.on(day).filter(membership__person=person(entry), group__isnull=False)
    return sorted(row.group.label for row in rows)


def sentences(run):
    return [one.sentence for one in ImportAnomaly.objects.filter(run=run)]


def effects(run):
    """(effect, name) of each line of the report about people."""
    return {(line.effect, line.label) for line in run.changes.exclude(entity="structures")}
