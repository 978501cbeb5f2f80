"""What the pages of an import show, to the region and to a school."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ent.directory.enums import Effect, ImportEntity, RunState, Source
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, ImportSchool
from ent.directory.queries.imports import Departures, Row, departures, reports_kept_since, rows_of, seconds_of_reading
from ent.directory.viewer import Viewer

PER_PAGE = 20
BUSY = frozenset({RunState.READING, RunState.APPLYING})
OPEN = frozenset({RunState.PREVIEWED, RunState.PARTLY})
BAR = 240  # width of the bar of departures; its middle is the threshold

ANOMALIES = "anomalies"


def steps_of(run: ImportRun) -> tuple[list[str], int]:
    """The five steps of an import, and the number of the present one."""
    first = [_("Fichier"), _("Colonnes")] if run.kind == Source.CSV else [_("Fichiers"), _("Lecture")]
    steps = [*first, _("Aperçu"), _("Application"), _("Compte rendu")]
    current = {
        RunState.WAITING: 2,
        RunState.READING: 2 if run.kind == Source.AAF else 3,
        RunState.APPLYING: 4,
        RunState.APPLIED: 5,
        RunState.FAILED: 4 if run.read_at else 2,
    }
    return steps, current.get(RunState(run.state), 3)


def title_of(run: ImportRun) -> str:
    """« Import AAF du 24 novembre », by the day the files speak of."""
    if not run.day:
        return run.label
    return _("%(label)s du %(day)s") % {"label": run.label, "day": date_format(run.day, "j F")}


@dataclass(frozen=True, slots=True)
class Leaving:
    """A line of « Départs par établissement »: who leaves, out of how many, and its bar."""

    school: ImportSchool
    who: str
    people: Departures
    is_over: bool
    width: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of « Champ par champ »: a change with its fields, or an anomaly."""

    change: ImportChange | None = None
    anomaly: ImportAnomaly | None = None

    @property
    def fields(self) -> list[list[str]]:
        """Each field, before and after; one empty line for a change that names none."""
        return (self.change.fields if self.change else None) or [["", "", ""]]


class Lines(Sequence[Shown]):
    """Changes, then anomalies, as one list of which only a page is read."""

    def __init__(self, changes: QuerySet[ImportChange], anomalies: QuerySet[ImportAnomaly]) -> None:
        self.changes, self.anomalies = changes, anomalies

    def __len__(self) -> int:
        return self.of_changes + self.anomalies.count()

    @cached_property
    def of_changes(self) -> int:
        return self.changes.count()

    def __getitem__(self, page: Any) -> Any:
        rest = slice(max(page.start - self.of_changes, 0), max(page.stop - self.of_changes, 0))
        return [
            *(Shown(change=one) for one in self.changes[page]),
            *(Shown(anomaly=one) for one in self.anomalies[rest]),
        ]


@dataclass
class RunPage:
    """An import as one viewer may see it: the region all its numbers, a school what concerns it."""

    viewer: Viewer
    run: ImportRun
    effect: str = ""
    entity: str = ""
    threshold: int = settings.IMPORT_THRESHOLD

    @property
    def title(self) -> str:
        return title_of(self.run)

    @property
    def theirs(self) -> bool:
        """The region decides, not who looks."""
        return self.run.school_id is None and not self.viewer.is_region

    @cached_property
    def schools(self) -> list[ImportSchool]:
        """The lines by school: row security leaves the region all of them, a school its own."""
        lines = ImportSchool._base_manager.filter(run=self.run).select_related("school")
        if not self.sees_all:
            lines = lines.filter(school=self.viewer.school)
        return list(lines.order_by("-stopped", "school__name", "school__city"))

    @property
    def sees_all(self) -> bool:
        return self.run.school_id is None and self.viewer.is_region

    @property
    def is_forgotten(self) -> bool:
        """Only its numbers are left."""
        return self.run.created_at < reports_kept_since()

    @property
    def hides_people(self) -> bool:
        """The region sees whom an import is about in a school that it visits."""
        return self.viewer.school is None

    @cached_property
    def rows(self) -> list[Row]:
        if self.sees_all:
            return rows_of(self.run.counts)
        return rows_of(self.schools[0].counts) if self.schools else []

    @cached_property
    def leaving(self) -> list[Leaving]:
        """Learners by school, and the others where some leave; the largest shares first."""
        found: list[Leaving] = []
        if self.run.kind == Source.CSV and not self.run.options.get("close_missing"):
            return found
        for line in self.schools:
            learners, others = departures(line)
            if learners.present or not others.present:
                found.append(self._leaving(line, _("élèves"), learners))
            if others.leaving or (others.present and not learners.present):
                found.append(self._leaving(line, _("adultes"), others))
        return sorted(found, key=lambda one: -one.people.share)

    def _leaving(self, line: ImportSchool, who: str, people: Departures) -> Leaving:
        over = people.share > self.threshold
        width = min(BAR, max(people.share * BAR / 2 / self.threshold, 3)) if people.leaving else 0
        return Leaving(line, who, people, over, width)

    @cached_property
    def stopped(self) -> list[Leaving]:
        """What stops a school that waits for a person."""
        return [one for one in self.leaving if one.is_over and one.school.stopped and not one.school.applied_at]

    @property
    def stopped_schools(self) -> int:
        return len({one.school.pk for one in self.stopped})

    @cached_property
    def waiting(self) -> int:
        """How many schools have nothing applied yet and nothing against it."""
        return sum(1 for line in self.schools if not line.applied_at and not (line.stopped and not line.forced_reason))

    @property
    def is_busy(self) -> bool:
        return self.run.state in BUSY or (self.run.state == RunState.WAITING and self.run.kind == Source.AAF)

    @property
    def is_open(self) -> bool:
        return self.run.state in OPEN

    @cached_property
    def anomalies(self) -> QuerySet[ImportAnomaly]:
        found = ImportAnomaly.objects.filter(run=self.run).select_related("school").order_by("is_notice", "pk")
        if not self.sees_all:
            found = found.filter(school=self.viewer.school)
        return found.filter(entity=self.entity) if self.entity else found

    @cached_property
    def of_anomalies(self) -> int:
        return self.anomalies.filter(is_notice=False).count()

    @cached_property
    def changes(self) -> QuerySet[ImportChange]:
        found = self.run.changes.order_by("entity", "label", "pk")
        if self.entity:
            found = found.filter(entity=self.entity)
        return found.filter(effect=self.effect) if self.effect in Effect.values else found

    @cached_property
    def filters(self) -> list[tuple[str, str, int | None]]:
        """The chips: value, word and how many."""
        many = dict(self.run.changes.order_by().values_list("effect").annotate(n=Count("pk")))
        words = (
            (Effect.CREATED, _("Créés")),
            (Effect.CHANGED, _("Modifiés")),
            (Effect.CLOSED, _("Fermés")),
            (Effect.REOPENED, _("Rouverts")),
        )
        chips: list[tuple[str, str, int | None]] = [("", _("Tous"), None)]
        chips += [(effect.value, word, many[effect.value]) for effect, word in words if many.get(effect.value)]
        return [*chips, (ANOMALIES, _("Anomalies"), self.of_anomalies)] if self.of_anomalies else chips

    @property
    def entity_label(self) -> str:
        return str(ImportEntity(self.entity).label) if self.entity else ""

    def page(self, number: str) -> Any:
        """A page of « Champ par champ »."""
        none = self.run.changes.none()
        if self.effect == ANOMALIES:
            lines = Lines(none, self.anomalies)
        else:
            lines = Lines(self.changes, ImportAnomaly.objects.none() if self.effect else self.anomalies)
        return Paginator(lines, PER_PAGE).get_page(number)

    @property
    def seconds(self) -> int:
        return seconds_of_reading(self.run)


def run_page(viewer: Viewer, run: ImportRun, asked: Any) -> RunPage:
    """The page of a run; `asked` may hold `effet` and `nature`."""
    effect, entity = asked.get("effet", ""), asked.get("nature", "")
    return RunPage(
        viewer,
        run,
        effect if effect in {*Effect.values, ANOMALIES} else "",
        entity if entity in ImportEntity.values else "",
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """An import in the list."""

    run: ImportRun
    created: int
    changed: int
    closed: int
    anomalies: int
    theirs: bool

    @property
    def title(self) -> str:
        return title_of(self.run)

    @property
    def files(self) -> str:
        """The names of the first files, as they were sent; none once what was sent is no longer kept."""
        names = [self.run.upload.name] if self.run.upload else [Path(path).name for path in self.run.paths]
        more = [_("%(n)d de plus") % {"n": len(names) - FILES_SHOWN}] if len(names) > FILES_SHOWN else []
        return ", ".join([*names[:FILES_SHOWN], *more])

    @property
    def reason(self) -> str:
        """Why it failed."""
        return self.run.failure if self.run.state == RunState.FAILED else ""


FILES_SHOWN = 2
SUMMED = ("created", "changed", "closed", "anomalies")


def listed(viewer: Viewer, runs: Sequence[ImportRun]) -> list[Listed]:
    """What each import did, for the region or for the viewer's school."""
    own: dict[int, ImportSchool] = {}
    if viewer.school:
        own = {line.run_id: line for line in ImportSchool.objects.filter(run__in=runs, school=viewer.school)}
    found = []
    for run in runs:
        whole = viewer.is_region and run.school_id is None
        counts = (run.counts if whole or run.pk not in own else own[run.pk].counts).values()
        sums = {name: sum(count.get(name, 0) for count in counts) for name in SUMMED}
        found.append(Listed(run, **sums, theirs=run.school_id is None and not viewer.is_region))
    return found
