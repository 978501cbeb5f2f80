"""Registries: an upper layer declares in a file of a fixed name what it adds to a lower one."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from django.utils.module_loading import autodiscover_modules

T = TypeVar("T")


class Registry(Generic[T]):
    """What the apps declare in their `<file>.py`, in declaration order; discovered at first use."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._items: dict[str, T] = {}
        self._discovered = False

    def register(self, name: str) -> Callable[[T], T]:
        def add(item: T) -> T:
            if self._items.get(name, item) is not item:
                raise ValueError(f"“{name}” is declared twice in the {self.file} registry")
            self._items[name] = item
            return item

        return add

    def __iter__(self) -> Iterator[T]:
        self._discover()
        return iter(self._items.values())

    def __getitem__(self, name: str) -> T:
        self._discover()
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._items

    def items(self) -> list[tuple[str, T]]:
        self._discover()
        return list(self._items.items())

    def _discover(self) -> None:
        if not self._discovered:
            self._discovered = True
            autodiscover_modules(self.file)
