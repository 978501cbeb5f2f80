"""The pieces of a page, and dates and numbers as the French write them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from ent.core.templatetags import ent

THIS_YEAR = timezone.localdate().year


class Tags(HTMLParser):
    """Every element of a page, as (name, attributes), and the text outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]

    def only(self, name: str) -> dict[str, str | None]:
        (attributes,) = self.all(name)
        return attributes


class Leave(forms.Form):
    name = forms.CharField(label="Nom affiché", help_text="Visible de tous.")
    mail = forms.EmailField(label="Courriel", required=False)
    reason = forms.ChoiceField(label="Motif", choices=[("", "Choisir"), ("maladie", "Maladie")])
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)
    half = forms.ChoiceField(label="Moment", choices=[("m", "Matin"), ("s", "Soir")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="J’ai lu la charte")
    proof = forms.FileField(label="Certificat")


def drawn(form: forms.Form, name: str, **options: str) -> Tags:
    given = " ".join(f'{key}="{value}"' for key, value in options.items())
    return Tags(Template("{% load ent %}{% field form." + name + f" {given} %}}").render(Context({"form": form})))


# --- icons, avatars, tags ---


def test_an_icon_beside_a_word_is_hidden_from_screen_readers():
    drawing = Tags(ent.icon("house"))
    assert drawing.only("svg")["aria-hidden"] == "true"
    assert drawing.only("use")["href"].endswith("icons.svg#house")


def test_an_icon_alone_says_its_name():
    svg = Tags(ent.icon("bell", label="Notifications")).only("svg")
    assert (svg["role"], svg["aria-label"]) == ("img", "Notifications")
    assert "aria-hidden" not in svg


def test_what_a_person_wrote_never_becomes_markup():
    assert "<b>" not in ent.tag("<b>Clos</b>", icon="lock")
    assert "<i>" not in ent.avatar("<i>")
    assert "onload" not in Tags(ent.icon('x" onload="y', label='a" onload="y')).only("svg")


def test_an_avatar_wears_the_colour_and_the_size_asked_for():
    assert Tags(ent.avatar("IM", "loire", "lg")).only("span")["class"] == "ent-avatar ent-avatar--lg ent-s-loire"
    assert Tags(ent.avatar("IM")).only("span")["class"] == "ent-avatar ent-s-ardoise"


def test_a_tag_shows_its_word_with_its_icon():
    drawing = Tags(ent.tag("Justifiée", icon="check2", tone="ok"))
    assert drawing.only("span")["class"] == "ent-tag ent-tag--ok"
    assert drawing.text == "Justifiée"
    assert drawing.only("use")["href"].endswith("#check2")


def test_a_tag_may_do_without_an_icon():
    assert Tags(ent.tag("Brouillon", tone="line")).all("svg") == []


# --- fields ---


def test_a_field_is_tied_to_its_label_and_its_help():
    page = drawn(Leave(), "name")
    assert page.only("label")["for"] == page.only("input")["id"] == "id_name"
    assert page.only("input")["aria-describedby"] == page.only("p")["id"]
    assert "Visible de tous." in page.text


def test_a_wrong_field_says_why_where_a_screen_reader_looks():
    page = drawn(Leave({"name": ""}), "name")
    field = page.only("input")
    assert field["aria-invalid"] == "true"
    assert "is-invalid" in field["class"]
    assert field["aria-describedby"].split() == ["id_name_helptext", "id_name_error"]
    assert "Ce champ est obligatoire." in page.text


def test_only_a_field_that_may_stay_empty_says_so():
    assert "(facultatif)" in drawn(Leave(), "mail").text
    assert "(facultatif)" not in drawn(Leave(), "name").text


def test_a_field_may_carry_an_icon():
    assert drawn(Leave(), "mail", icon="envelope").only("use")["href"].endswith("#envelope")


def test_a_list_is_a_select():
    assert drawn(Leave(), "reason").only("select")["class"] == "form-select"


def test_a_password_can_be_shown_but_its_button_waits_for_scripts():
    page = drawn(Leave(), "password")
    assert page.only("input")["type"] == "password"
    assert "hidden" in page.only("button")
    assert page.only("button")["aria-pressed"] == "false"


def test_choices_stand_in_a_fieldset_each_with_its_label():
    page = drawn(Leave({"half": ""}), "half")
    assert page.only("fieldset")["aria-describedby"] == "id_half_error"
    assert [label["for"] for label in page.all("label")] == [box["id"] for box in page.all("input")]
    assert all("form-check-input" in box["class"] for box in page.all("input"))
    assert "Moment" in page.text


def test_a_box_to_tick_has_its_label_after_it():
    page = drawn(Leave(), "agreed")
    assert [tag for tag, _ in page.found if tag in ("input", "label")] == ["input", "label"]


def test_a_file_is_chosen_in_a_place_to_drop_it():
    page = drawn(Leave(), "proof")
    assert page.only("input")["type"] == "file"
    assert page.only("label")["for"] == "id_proof"


# --- pages of a list ---


def pages_of(count: int, address: str) -> Tags:
    request = RequestFactory().get(address)
    context = Context({"page": Paginator(range(count), 30).get_page(request.GET.get("page"))})
    # As RequestContext does, without what the whole product adds.
    context.request = request  # type: ignore[attr-defined]
    return Tags(Template("{% load ent %}{% pagination page %}").render(context))


def test_the_links_to_other_pages_keep_the_search():
    links = [link["href"] for link in pages_of(100, "/annuaire/?q=moreau&page=2").all("a")]
    assert "?q=moreau&page=3" in links
    assert all("q=moreau" in link for link in links)


def test_the_present_page_is_named_and_is_not_a_link():
    page = pages_of(100, "/annuaire/?page=2")
    assert [span.get("aria-current") for span in page.all("span") if "aria-current" in span] == ["page"]
    assert "?page=2" not in [link["href"] for link in page.all("a")]
    assert "31 à 60 sur 100" in page.text


def test_a_list_of_one_page_has_no_links():
    assert pages_of(12, "/annuaire/").found == []


# --- dates ---


def test_a_day_of_this_year_is_written_without_it():
    day = date(THIS_YEAR, 11, 24)
    assert ent.french_date(day) == f"{ent.DAYS[day.weekday()]} 24\u00a0novembre"


def test_a_day_of_another_year_says_which():
    assert ent.french_date(date(2020, 9, 1)) == "mardi 1er\u00a0septembre 2020"


def test_an_instant_is_told_in_the_hour_of_tours():
    instant = datetime(2020, 6, 30, 22, 5, tzinfo=UTC)
    assert ent.french_date(instant) == "mercredi 1er\u00a0juillet 2020"
    assert ent.french_time(instant) == "0\u00a0h\u00a005"


@pytest.mark.parametrize(("hour", "written"), [(time(10, 5), "10\u00a0h\u00a005"), (time(8), "8\u00a0h\u00a000")])
def test_an_hour_is_written_with_its_h(hour, written):
    assert ent.french_time(hour) == written


@pytest.mark.parametrize("write", [ent.french_date, ent.french_time, ent.thousands, ent.percent])
def test_nothing_is_written_as_nothing(write):
    assert write(None) == ""


# --- numbers ---


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (20, "20"),
        (1284, "1\u202f284"),
        (1_000_000, "1\u202f000\u202f000"),
        (15.5, "15,5"),
        (Decimal("-3.50"), "\u22123,5"),
        (-0.001, "0"),
    ],
)
def test_numbers_are_written_as_the_french_do(number, written):
    assert ent.thousands(number) == written


@pytest.mark.parametrize(
    ("number", "written"), [(31, "31\u00a0%"), (0.62, "0,6\u00a0%"), (100, "100\u00a0%"), (0, "0\u00a0%")]
)
def test_percentages_have_one_decimal_at_most(number, written):
    assert ent.percent(number) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0\u00a0élève"),
        (1, "1\u00a0élève"),
        (1.5, "1,5\u00a0élève"),
        (2, "2\u00a0élèves"),
        (1284, "1\u202f284\u00a0élèves"),
    ],
)
def test_the_plural_begins_at_two(number, written):
    assert ent.plural(number, "élève,élèves") == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Malo", "de Malo"),
        ("Inès", "d’Inès"),
        ("Élise", "d’Élise"),
        ("Hélène", "d’Hélène"),
        ("Hamza", "de Hamza"),
        ("Yanis", "de Yanis"),
        ("", ""),
    ],
)
def test_de_is_elided_before_a_name_as_one_says_it(name, written):
    assert ent.of(name) == written


def test_a_component_of_the_frame_is_drawn_once_for_each_value():
    light, dark = ent.once("components/head.html", "light"), ent.once("components/head.html", "dark")
    assert 'content="light"' in light
    assert 'content="dark"' in dark
    assert ent.once("components/head.html", "light") is light
