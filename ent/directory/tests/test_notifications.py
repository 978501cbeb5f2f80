"""Those who look after an import are told how it ended."""

import pytest
from django.core import mail

from ent.core.tests.queue import run_jobs
from ent.directory.enums import RunState, Source
from ent.directory.models import ImportRun, ImportSchool
from ent.directory.notifications import ImportFinished
from ent.foundation.notifications.actions import notify
from ent.foundation.notifications.queries import inbox, preferences
from ent.foundation.schools import scope
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _addresses_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImportFinished, "url", lambda self: f"/imports/{self.run_id}/")


def told(cast: Cast, name: str) -> list[tuple[str, str]]:
    account = cast.people[name].account_id
    with scope.use(scope.Scope(account=account)):
        return [(line.title, line.text) for line in inbox(account)]


def run_of(cast: Cast, state: str, **facts: object) -> ImportRun:
    with scope.use(scope.EVERYTHING):
        return ImportRun.objects.create(kind=Source.AAF, label="Nuit du 23 novembre", state=state, **facts)


def test_the_region_is_told_how_its_import_ended(cast: Cast) -> None:
    notify(ImportFinished(run_of(cast, RunState.APPLIED).pk))
    run_jobs()
    assert told(cast, "region_officer") == [("Un import est appliqué", "Nuit du 23 novembre")]
    assert told(cast, "m_tessier") == []
    assert [message.to for message in mail.outbox] == [["region.officer@ent.example"]]


def test_a_school_held_back_by_its_threshold_has_its_correspondant_told(cast: Cast) -> None:
    run = run_of(cast, RunState.PREVIEWED)
    with scope.use(scope.EVERYTHING):
        ImportSchool.objects.create(run=run, school=cast.college, stopped=True)
        ImportSchool.objects.create(run=run, school=cast.lycee)
    notify(ImportFinished(run.pk))
    run_jobs()
    ((title, text),) = told(cast, "m_tessier")
    assert title == "Un import attend votre accord"
    assert text.endswith("Un établissement dépasse le seuil de changements et attend une décision.")


def test_who_asked_for_a_school_s_import_is_told_and_the_region_is_not(cast: Cast) -> None:
    run = run_of(cast, RunState.FAILED, school=cast.lycee, asked_by_person=cast.mme_dupont, failure="Fichier vide.")
    notify(ImportFinished(run.pk))
    run_jobs()
    assert told(cast, "mme_dupont") == [("Un import a échoué", "Nuit du 23 novembre\u00a0: Fichier vide.")]
    assert told(cast, "region_officer") == []


def test_an_import_abandoned_meanwhile_is_told_to_nobody(cast: Cast) -> None:
    run = run_of(cast, RunState.PREVIEWED)
    notify(ImportFinished(run.pk))
    with scope.use(scope.EVERYTHING):
        ImportRun.objects.filter(pk=run.pk).update(state=RunState.ABANDONED)
    run_jobs()
    assert told(cast, "region_officer") == []


def test_imports_are_among_the_preferences_of_those_who_administer_only(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        assert "Imports de l’annuaire" in {str(line.label) for line in preferences(cast.m_tessier.account_id).lines}
        assert "Imports de l’annuaire" not in {str(line.label) for line in preferences(cast.ines.account_id).lines}
