"""An import whose process is killed leaves each school whole or untouched, and is taken up again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.actions.establishments import ensure_region
from ent.directory.enums import RunState
from ent.directory.models import ImportRun, Membership
from ent.directory.tests.aaf_region import BY, LYCEE, TUESDAY, Academy, pupil, usual
from ent.directory.tests.test_import_complete import state
from ent.foundation.schools import scope
from ent.foundation.schools.ownership import as_owner

SCRIPTS_A_SCHOOL = 26


@pytest.fixture
def academy(django_db_setup, django_db_blocker, tmp_path) -> Iterator[Academy]:
    """What the test writes is committed, so that another process sees it; removed after."""
    with django_db_blocker.unblock():
        with scope.use(scope.EVERYTHING):
            ensure_region(by=BY)
        yield Academy(tmp_path)
        with as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_record DISABLE TRIGGER USER")
            cursor.execute(
                "TRUNCATE schools_region, directory_person, directory_importrun, directory_sourceentry, directory_mef,"
                " directory_nationalsubject, directory_stagedentry, directory_stagedperson, directory_stagedpresence,"
                " directory_stagedaccount,"
                " accounts_account, audit_record, audit_unsealed, procrastinate_jobs CASCADE"
            )
            cursor.execute("ALTER TABLE audit_record ENABLE TRIGGER USER")
        connection.close()


@pytest.mark.parametrize("reached", [0, 3, 9, 14, 20, SCRIPTS_A_SCHOOL - 1, SCRIPTS_A_SCHOOL + 8])
def test_a_killed_import_leaves_each_school_whole_or_untouched(academy, reached):
    with scope.use(scope.EVERYTHING):
        first = acts.ask_import(paths=[academy.write(usual())], by=BY)
    tasks.apply(first.pk, by=BY)
    files = usual()
    files["Eleve"][0] = pupil("2001", division="5A", guardians=["3001$20$1$1$1$1"], mail="malo@eleve.example")
    files["Eleve"][1] = pupil("2002", "Inès", school=LYCEE, division="2D4", mail="ines@eleve.example")
    files["Eleve"].append(pupil("2500", "Soline", "BARREAU"))
    with scope.use(scope.EVERYTHING):
        run = acts.ask_import(paths=[academy.write(files, day=TUESDAY)], by=BY)
        before = of_schools()
    kill(run, reached)
    with scope.use(scope.EVERYTHING):
        after = of_schools()
        assert ImportRun.objects.get(pk=run.pk).state == RunState.APPLYING
    assert after["0379902M"] == before["0379902M"]
    assert (after["0379901L"] == before["0379901L"]) == (reached < SCRIPTS_A_SCHOOL)
    assert tasks.apply(run.pk, by=BY).state == RunState.APPLIED
    with scope.use(scope.EVERYTHING):
        done = state()
        again = acts.ask_import(paths=[academy.write(files, day=TUESDAY)], by=BY)
    tasks.apply(again.pk, by=BY)
    with scope.use(scope.EVERYTHING):
        assert state() == done


def test_the_next_import_closes_the_one_that_was_cut(academy):
    with scope.use(scope.EVERYTHING):
        run = acts.ask_import(paths=[academy.write(usual())], by=BY)
    kill(run, 5)
    with scope.use(scope.EVERYTHING):
        other = acts.ask_import(paths=[academy.write(usual())], by=BY)
    assert tasks.apply(other.pk, by=BY).state == RunState.APPLIED
    with scope.use(scope.EVERYTHING):
        cut = ImportRun.objects.get(pk=run.pk)
    assert (cut.state, "interrompu" in cut.failure) == (RunState.FAILED, True)


def kill(run: ImportRun, reached: int) -> None:
    url = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()
    done = subprocess.run(
        [sys.executable, "-m", "ent.directory.tests.killed_import", str(run.pk), str(reached)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def of_schools() -> dict[str, list[str]]:
    """What each school knows of its people."""
    rows = Membership.objects.select_related("school", "person__account").order_by("pk")
    found: dict[str, list[str]] = {}
    for row in rows:
        enrolled = sorted(f"{one.division_id} {one.group_id} {one.starts} {one.ends}" for one in row.enrolments.all())
        facts = (row.person.first_name, row.profile, row.ends, row.person.email, row.person.account, enrolled)
        found.setdefault(row.school.uai, []).append(str(facts))
    return found
