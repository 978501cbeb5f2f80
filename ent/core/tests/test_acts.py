"""An action is one transaction, says who acts, and has French words in the journal."""

import pytest
from django.db import connection

from ent.core import acts as module
from ent.core.actors import SYSTEM, Actor
from ent.core.acts import Act, act, acts, label_of
from ent.core.registries import Registry


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "acts", Registry[Act]("actions"))


@pytest.mark.django_db
def test_an_action_runs_in_a_savepoint_of_the_transaction_around_it() -> None:
    @act("essays.write_line", "Ligne écrite")
    def write_line(*, by: Actor) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ent.essay', 'écrit', true)")
        raise LookupError

    with pytest.raises(LookupError):
        write_line(by=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('ent.essay', true), '')")
        assert cursor.fetchone() == ("",)


def test_an_action_has_its_french_words_and_an_unknown_one_its_name() -> None:
    @act("essays.open_door", "Porte ouverte")
    def open_door(*, by: Actor) -> None: ...

    assert open_door.act == "essays.open_door"  # type: ignore[attr-defined]
    assert label_of("essays.open_door") == "Porte ouverte"
    assert label_of("essays.close_door") == "essays.close_door"


def test_two_actions_of_one_name_are_refused() -> None:
    @act("essays.open_door", "Porte ouverte")
    def open_door(*, by: Actor) -> None: ...

    with pytest.raises(ValueError, match=r"essays\.open_door"):
        act("essays.open_door", "Porte entrouverte")(open_door)


def test_an_action_that_does_not_say_who_acts_is_refused() -> None:
    with pytest.raises(TypeError, match="by: Actor"):

        @act("essays.open_door", "Porte ouverte")
        def open_door(by: Actor) -> None: ...


@pytest.mark.parametrize("name", ["open_door", "essays.door", "Essays.open_door", "essays.open door"])
def test_a_name_that_is_not_app_verb_noun_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="verb_noun"):

        @act(name, "Porte ouverte")
        def open_door(*, by: Actor) -> None: ...


def test_the_product_s_actions_are_found_in_the_actions_files() -> None:
    assert all(item.name == name and str(item.label) for name, item in acts.items())
