"""Turning the year: the next one is prepared, then opened; the one before stays readable."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.cli import ent
from ent.core.errors import Refused
from ent.directory import commands, tasks
from ent.directory.actions.years import open_year, prepare_year
from ent.directory.models import Division, Enrolment, Group, Membership
from ent.directory.queries.administration.years import a_year_later
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.foundation.schools.enums import PeriodKind, YearState
from ent.foundation.schools.models import School, SchoolYear, Term
from tests.cast import Cast

assert commands


def url(name: str) -> str:
    return reverse(f"administration:{name}")


def years(school: School) -> dict[str, SchoolYear]:
    with scope.use(scope.EVERYTHING):
        return {year.state: year for year in SchoolYear.objects.filter(school=school)}


def nearly_over(school: School) -> SchoolYear:
    """Make the current year of the school one that ends in ten days."""
    today = timezone.localdate()
    with scope.use(scope.EVERYTHING):
        year = SchoolYear.objects.get(school=school, state=YearState.CURRENT)
        year.label = "L’an passé"
        year.starts, year.ends = today - timedelta(days=355), today + timedelta(days=10)
        year.save()
    return year


def in_everything(act: Callable[..., SchoolYear], school: School) -> SchoolYear:
    with scope.use(scope.EVERYTHING):
        return act(school, by=SYSTEM)


def test_the_next_year_follows_the_current_one_with_its_terms_a_year_later(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        year = SchoolYear.objects.get(school=cast.college)
        Term.objects.create(
            school=cast.college,
            year=year,
            kind=PeriodKind.SEMESTER,
            number=1,
            starts=date(2026, 9, 1),
            ends=date(2027, 1, 29),
        )
        prepared = prepare_year(cast.college, by=SYSTEM)
        [term] = prepared.terms.all()
    assert (prepared.label, prepared.starts, prepared.ends) == ("2027-2028", date(2027, 9, 1), date(2028, 8, 31))
    assert (term.kind, term.starts, term.ends) == (PeriodKind.SEMESTER, date(2027, 9, 1), date(2028, 1, 29))


def test_without_terms_the_year_is_cut_into_three_that_cover_it(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        terms = list(prepare_year(cast.college, by=SYSTEM).terms.order_by("number"))
    assert [t.number for t in terms] == [1, 2, 3]
    assert (terms[0].starts, terms[-1].ends) == (date(2027, 9, 1), date(2028, 8, 31))
    assert all(after.starts - before.ends == timedelta(days=1) for before, after in pairwise(terms))


def test_a_leap_day_has_a_day_a_year_later() -> None:
    assert a_year_later(date(2028, 2, 29)) == date(2029, 2, 28)


def test_preparing_twice_prepares_once_and_changes_nothing_for_anybody(cast: Cast) -> None:
    first = in_everything(prepare_year, cast.college)
    assert in_everything(prepare_year, cast.college).pk == first.pk
    assert years(cast.college)[YearState.CURRENT].label == "2026-2027"
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="directory.prepare_year").count() == 1
        assert Enrolment.objects.on().filter(division=cast.divisions["5e B"]).exists()


def test_opening_closes_the_year_before_and_keeps_everything_of_it(cast: Cast) -> None:
    old = nearly_over(cast.lycee)
    in_everything(prepare_year, cast.lycee)
    opened = in_everything(open_year, cast.lycee)
    assert years(cast.lycee)[YearState.CURRENT].pk == opened.pk
    assert years(cast.lycee)[YearState.CLOSED].pk == old.pk
    with scope.use(scope.EVERYTHING):
        assert not Division.objects.filter(year=old, is_open=True).exists()
        assert not Group.objects.filter(year=old, is_open=True).exists()
        assert set(Enrolment.objects.filter(school=cast.lycee).values_list("ends", flat=True)) == {old.ends}
        assert Membership.objects.on().filter(person=cast.ines).exists(), "an import closes it, not the year"
        assert cast.divisions["2de 4"].head_teachers.exists()
        [told] = Record.objects.filter(action="directory.open_year")
    assert told.details == {"closed": old.label, "divisions": 2, "groups": 1, "enrolments": 3}


def test_the_past_stays_readable_to_the_staff(cast: Cast) -> None:
    old = nearly_over(cast.lycee)
    in_everything(prepare_year, cast.lycee)
    in_everything(open_year, cast.lycee)
    teacher = cast.signed_in("mme_fabre")
    assert "2de 4" not in teacher.get("/classes/").content.decode()
    assert "2de 4" in teacher.get(f"/classes/?annee={old.pk}").content.decode()
    page = teacher.get(f"/classes/{cast.divisions['2de 4'].pk}/")
    assert page.status_code == 200
    assert "Inès" in page.content.decode()


def test_an_enrolment_already_ended_keeps_its_day_and_one_to_come_never_took_place(cast: Cast) -> None:
    old = nearly_over(cast.lycee)
    with scope.use(scope.EVERYTHING):
        Enrolment.objects.filter(membership__person=cast.ines).update(ends=old.starts + timedelta(days=400))
        left = Enrolment.objects.filter(membership__person=cast.noe)
        left.update(starts=old.starts, ends=old.starts + timedelta(days=5))
    in_everything(prepare_year, cast.lycee)
    in_everything(open_year, cast.lycee)
    with scope.use(scope.EVERYTHING):
        assert [e.ends for e in left.all()] == [old.starts + timedelta(days=5)]
        assert {e.ends for e in Enrolment.objects.filter(membership__person=cast.ines)} == {old.ends}


def test_a_year_is_not_opened_before_its_time_nor_without_being_prepared(cast: Cast) -> None:
    with pytest.raises(Refused, match="Aucune année n’est préparée"):
        in_everything(open_year, cast.college)
    in_everything(prepare_year, cast.college)
    with pytest.raises(Refused, match="à partir du"):
        in_everything(open_year, cast.college)
    assert YearState.CLOSED not in years(cast.college)


def test_opening_twice_opens_once(cast: Cast) -> None:
    nearly_over(cast.college)
    client = cast.signed_in("m_tessier")
    in_everything(prepare_year, cast.college)
    assert [client.post(url("year_open")).status_code for _time in range(2)] == [303, 409]
    assert len(years(cast.college)) == 2


def test_the_correspondant_prepares_then_opens_by_the_pages(cast: Cast) -> None:
    year = nearly_over(cast.college)
    client = cast.signed_in("m_tessier")
    starts = year.ends + timedelta(days=1)
    asked = {
        "label": "La suivante",
        "starts": str(starts),
        "ends": str(starts + timedelta(days=364)),
        "kind": "semestre",
    }
    early = client.post(url("year_prepare"), {**asked, "starts": str(year.ends)})
    assert early.status_code == 422
    assert "n’est pas finie ce jour-là" in early.content.decode()
    assert "La suivante" in early.content.decode()
    assert client.post(url("year_prepare"), asked).status_code == 303
    page = client.get(url("year")).content.decode()
    assert "La suivante" in page
    assert "2e semestre" in page
    assert client.post(url("year_open")).status_code == 303
    assert years(cast.college)[YearState.CURRENT].label == "La suivante"
    assert "L’an passé" in client.get(url("year")).content.decode()


def test_schools_turn_one_by_one_and_one_that_is_refused_stops_no_other(cast: Cast) -> None:
    nearly_over(cast.college)
    tasks.prepare_years(cast.region_officer.account_id)
    tasks.open_years(cast.region_officer.account_id)
    assert years(cast.college)[YearState.CURRENT].label != "L’an passé"
    assert years(cast.lycee)[YearState.CURRENT].label == "2026-2027"
    assert years(cast.lycee)[YearState.PREPARING].label == "2027-2028"
    with scope.use(scope.EVERYTHING):
        assert {r.actor_label for r in Record.objects.filter(action="directory.open_year")} == {"Sylvie Carré"}


def test_the_region_asks_for_all_schools_and_sees_how_many(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    before = client.get(url("school_years")).context["years"]
    assert (before.current, before.unprepared, before.openable) == ([("2026-2027", 4)], 4, 0)
    assert client.post(url("school_years_turn"), {"acte": "preparer"}).status_code == 303
    tasks.prepare_years(cast.region_officer.account_id)
    after = client.get(url("school_years")).context["years"]
    assert (after.prepared, after.unprepared) == ([("2027-2028", 4)], 0)


def test_the_command_says_what_became_of_each_school(cast: Cast) -> None:
    ran = CliRunner().invoke(ent, ["years", "prepare", "--school", "0379901l", "--json"])
    assert json.loads(ran.output) == [
        {"uai": "0379901L", "school": "Collège des Bords-de-Loire", "year": "2027-2028", "refusal": ""}
    ]
    ran = CliRunner().invoke(ent, ["years", "open"])
    assert ran.exit_code == 3
    assert "pourra être ouverte" in ran.output
    assert CliRunner().invoke(ent, ["years", "open", "--school", "0000000A"]).exit_code == 1
