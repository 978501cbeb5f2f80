"""What no linter knows of the templates: each class and each icon exists, and French is punctuated as it is printed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted(
    path
    for folder in (ROOT / "templates", ROOT / "ent")
    for path in folder.rglob("*.html")
    if "templates" in path.parts and "tests" not in path.parts
)
STYLES = "".join(path.read_text() for path in [*ROOT.glob("static/css/*.css"), ROOT / "static/vendor/bootstrap.css"])
CLASSES = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", STYLES))
ICONS = set((ROOT / "assets/icons.txt").read_text().split())

TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)

every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))


def classes_of(source: str) -> set[str]:
    """The classes written in full: a name completed by a variable (`ent-s-{{ colour }}`) is left out."""
    written = re.findall(r'class="((?:{%.*?%}|{{.*?}}|[^"])*)"', COMMENT.sub("", source))
    pieces = " ".join(TAG.sub("\0", value) for value in written).split()
    return {piece for piece in pieces if "\0" not in piece}


@every_template
def test_every_class_of_a_template_is_in_the_style_sheets(template):
    assert classes_of(template.read_text()) <= CLASSES


@every_template
def test_every_icon_of_a_template_is_in_the_sprite(template):
    source = COMMENT.sub("", template.read_text())
    named = re.findall(r'{% (?:icon|lead) "([\w-]+)"', source) + re.findall(r'{% tag \S+ "([\w-]+)"', source)
    assert set(named) | set(re.findall(r'\bicon="([\w-]+)"', source)) <= ICONS


@every_template
def test_french_has_its_no_break_spaces(template):
    source = COMMENT.sub("", template.read_text())
    said = " ".join(re.findall(r'{% translate "([^"]*)"', source)) + re.sub(r"<[^>]*>", " ", TAG.sub("", source))
    assert re.findall(r"\S{0,20} [:;!?»%](?:\s|$)", said) == []
    assert re.findall(r"« |\w'\w", said) == []


def test_the_sprite_draws_the_listed_icons_and_no_other():
    sprite = (ROOT / "static/icons.svg").read_text()
    assert set(re.findall(r'<symbol id="([\w-]+)"', sprite)) == ICONS


def test_no_style_names_a_colour_outside_of_the_tokens():
    for sheet in ROOT.glob("static/css/*.css"):
        if sheet.name == "tokens.css":
            continue
        screen = sheet.read_text().split("@media print")[0]
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\((?!255 255 255)", screen) == [], sheet.name


def test_what_comes_from_elsewhere_has_its_licence_beside_it():
    names = {
        path.name.split(".")[0].split("-")[0] for path in ROOT.glob("static/vendor/*") if path.suffix != ".LICENSE"
    }
    assert names <= {path.stem for path in ROOT.glob("static/vendor/*.LICENSE")}
