"""Sizes as the French write and type them: « 2,5 Go », « 500 Mo ». A Go is 1024 Mo, as everywhere in the service."""

import re
from decimal import Decimal

from django import template

register = template.Library()

UNITS = {"octet": 1, "Ko": 2**10, "Mo": 2**20, "Go": 2**30, "To": 2**40}
TYPED = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)(ko|mo|go|to)")
SPACES = "\u00a0\u202f "


@register.filter("size")
def size_text(size: int) -> str:
    """Write bytes in the largest unit that they fill, with two decimals at most: « 1,46 Go »."""
    unit = next(unit for unit in reversed(UNITS) if size >= UNITS[unit] or unit == "octet")
    number = f"{Decimal(size) / UNITS[unit]:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    plural = "s" if unit == "octet" and size >= 2 else ""
    return f"{number}\u00a0{unit}{plural}"


def exact_size_text(size: int) -> str:
    """The same, in a unit so small that typing it back gives the same bytes (whole Mo only)."""
    text = size_text(size)
    return text if read_size(text) == size else f"{size // UNITS['Mo']}\u00a0Mo"


def read_size(text: str) -> int:
    """The bytes of « 2,5 Go » or « 500 mo », spaces or not. Raises `ValueError` without a number or its unit."""
    found = TYPED.fullmatch(text.translate(dict.fromkeys(map(ord, SPACES))).lower())
    if found is None:
        raise ValueError(text)
    return int(Decimal(found[1].replace(",", ".")) * UNITS[found[2].capitalize()])
