"""What the shared templates are made with: pieces of the style guide, and dates and numbers as the French write them.

The pieces used in long lists (icon, avatar, lead, tag, count) are plain functions: a page of thirty rows calls them a
hundred times. The larger ones are templates in `templates/components/`.
"""

import unicodedata
from collections.abc import Hashable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    PasswordInput,
    RadioSelect,
    Select,
)
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

NBSP = "\u00a0"
NARROW_NBSP = "\u202f"
MINUS = "\u2212"

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

# The eight colours of subjects, which avatars borrow. See static/css/tokens.css.
COLOURS = ("loire", "ciel", "glycine", "prune", "brique", "ocre", "vigne", "ardoise")

Number = int | float | Decimal


# --- pieces of a page ---


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """Draw the icon `name` of static/icons.svg. Without `label` it is hidden from screen readers."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="ent-icon" width="16" height="16" {}><use href="{}#{}"/></svg>', meaning, static("icons.svg"), name
    )


@register.simple_tag(name="url")
@lru_cache(maxsize=4096)
def address(name: str, *arguments: Hashable, **named: Hashable) -> str:
    """Write the address of a page, as Django's own tag does, and remember it: a page of thirty rows asks for many.

    Unlike Django's, `{% url … as x %}` also raises `NoReverseMatch`: an address that does not exist is a mistake.
    """
    return reverse(name, args=arguments, kwargs=named)


@register.simple_tag
@lru_cache(maxsize=1024)
def avatar(initials: str, colour: str = "ardoise", size: str = "") -> SafeString:
    """Draw the round of a person, whose name must stand beside it. `size`: nothing (36 px), "sm", "lg" or "xl"."""
    size_class = f" ent-avatar--{size}" if size else ""
    return format_html('<span class="ent-avatar{} ent-s-{}" aria-hidden="true">{}</span>', size_class, colour, initials)


@register.simple_tag
def lead(name: str, tone: str = "") -> SafeString:
    """Draw the square with an icon that begins a row. `tone`: nothing, "urgent", "warn", "ok", "info" or "primary"."""
    tone_class = f" ent-lead--{tone}" if tone else ""
    return format_html('<span class="ent-lead{}">{}</span>', tone_class, icon(name))


@register.simple_tag
def tag(label: object, icon: str = "", tone: str = "") -> SafeString:
    """Draw a state: a word and an icon. `tone`: nothing, "urgent", "warn", "ok", "info", "primary" or "line"."""
    tone_class = f" ent-tag--{tone}" if tone else ""
    return format_html('<span class="ent-tag{}">{}{}</span>', tone_class, _drawn(icon), label)


@register.simple_tag
def count(number: int) -> SafeString:
    """Draw how many there are, after a title."""
    return format_html('<span class="ent-count">{}</span>', thousands(number))


def _drawn(name: str) -> SafeString:
    return icon(name) if name else SafeString("")


@register.simple_tag
@lru_cache(maxsize=512)
def once(template: str, value: Hashable = None) -> SafeString:
    """Draw a component that reads nothing but `value`, and keep it: the frame of every page is drawn for few values.

    Nothing of the request may be in it, least of all its CSRF token.
    """
    return render_to_string(template, {"value": value})


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, icon: str = "") -> dict[str, Any]:
    """Draw a form field whole: label, control, help and error, tied together for screen readers.

    `icon` stands inside a text field. A field that is not required says so beside its label.
    """
    kind = _kind(bound)
    attributes = _attributes(bound, kind)
    if kind == "choices":
        bound.field.widget.attrs.update(attributes)  # each choice is drawn on its own, from the widget
    return {"field": bound, "kind": kind, "icon": icon, "control": bound.as_widget(attrs=attributes)}


def _kind(bound: BoundField) -> str:
    """Name the way a field is drawn: "choices", "check", "file", "select", "password" or "text"."""
    widget = bound.field.widget
    kinds: list[tuple[str, Any]] = [
        ("choices", (RadioSelect, CheckboxSelectMultiple)),
        ("check", CheckboxInput),
        ("file", FileInput),
        ("select", Select),
        ("password", PasswordInput),
    ]
    return next((kind for kind, widgets in kinds if isinstance(widget, widgets)), "text")


def _attributes(bound: BoundField, kind: str) -> dict[str, str | bool]:
    classes = {"choices": "form-check-input", "check": "form-check-input", "file": "", "select": "form-select"}
    names = [classes.get(kind, "form-control"), bound.field.widget.attrs.get("class", "")]
    if bound.errors and kind in ("text", "select", "password"):
        names.append("is-invalid")
    return {"class": " ".join(filter(None, names))}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Draw the links to the other pages of a list, keeping the rest of the address: needs a request."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": numbers, "gap": page.paginator.ELLIPSIS}


# --- dates and numbers ---


@register.filter
def french_date(value: date | datetime | None) -> str:
    """Write a day: « mardi 24 novembre », with the year when it is not the current one. Nothing gives nothing."""
    day = _local_day(value)
    if day is None:
        return ""
    number = "1er" if day.day == 1 else str(day.day)
    year = "" if day.year == timezone.localdate().year else f" {day.year}"
    return f"{DAYS[day.weekday()]} {number}{NBSP}{MONTHS[day.month - 1]}{year}"


def _local_day(value: date | datetime | None) -> date | None:
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return value


@register.filter
def french_time(value: time | datetime | None) -> str:
    """Write an hour: « 10 h 05 », in the region's time. Nothing gives nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.hour}{NBSP}h{NBSP}{value.minute:02}"


@register.filter
def thousands(value: Number | None) -> str:
    """Write a number: « 1 284 », « −3,5 ». At most two decimals, none that are zero. Nothing gives nothing."""
    return "" if value is None else _number(value, decimals=2)


@register.filter
def percent(value: Number | None) -> str:
    """Write a percentage already out of a hundred: 31 gives « 31 % », 0.62 gives « 0,6 % ». Nothing gives nothing."""
    return "" if value is None else f"{_number(value, decimals=1)}{NBSP}%"


@register.filter
def plural(value: int | float, words: str) -> str:
    """Write a number with its noun: `3|plural:"élève,élèves"` gives « 3 élèves ». 0, 1 and 1,5 are singular."""
    singular, several = words.split(",")
    return f"{thousands(value)}{NBSP}{several if abs(value) >= 2 else singular}"


@register.filter
def of(name: str) -> str:
    """Write « de » before a name: « de Malo », « d’Inès », « d’Hélène », « de Hamza ». Nothing gives nothing."""
    bare = unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
    if bare[:1] in set("aeiou") or (bare[:1] == "h" and bare[1:2] in set("eiouy")):
        return f"d’{name}"
    return f"de {name}" if name else ""


def _number(value: Number, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".")
    text = text.replace(",", NARROW_NBSP).replace(".", ",")
    return "0" if text == "-0" else text.replace("-", MINUS)
