"""Reads settings from the environment and says, all at once, which are missing or left at a public default."""

import os
from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

PUBLIC_VALUES = frozenset({"", "changeme", "change-me", "secret", "development", "test"})


class Environment:
    """Typed access to `os.environ`; `refuse()` reports in one message what it collects: `problems`, what production
    lacks, and `mistakes`, values that make no sense anywhere."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.mistakes: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name, default).strip()

    def flag(self, name: str, default: bool = False) -> bool:
        return self.text(name, "1" if default else "0").lower() in {"1", "true", "yes", "oui", "on"}

    def number(self, name: str, default: int) -> int:
        return self._parsed(name, default, int, "a whole number")

    def items(self, name: str, default: str = "") -> list[str]:
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def secret(self, name: str, *, at_least: int = 32) -> str:
        """A value that production must set itself, `at_least` characters long."""
        value = self.text(name)
        if value.lower() in PUBLIC_VALUES or len(value) < at_least:
            self.problems.append(f"{name} must be set to a secret of at least {at_least} characters")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            self.problems.append(f"{name} must be set")
        return value

    def refuse(self, *, only_mistakes: bool = False) -> None:
        """Raise `ImproperlyConfigured` naming every problem found so far."""
        found = self.mistakes if only_mistakes else [*self.mistakes, *self.problems]
        if found:
            raise ImproperlyConfigured("The service does not start: " + "; ".join(found) + ".")

    def _parsed(self, name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError:
            self.mistakes.append(f"{name} must be {wanted}, not “{value}”")
            return default
