"""Model fields whose content is encrypted at rest."""

import json
from typing import Any

from django.db import models

from ent.core import crypto


class SealedField(models.BinaryField):
    """Base of the encrypted fields: the column holds a sealed value bound to its table and column.

    It cannot be searched or ordered by; `ent keys rotate` seals it again under the current master key.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    @property
    def purpose(self) -> bytes:
        return f"{self.model._meta.db_table}.{self.column}".encode()

    def dump(self, value: Any) -> bytes:
        raise NotImplementedError

    def load(self, plain: bytes) -> Any:
        raise NotImplementedError

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return None if value is None else crypto.seal(self.dump(value), purpose=self.purpose)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.load(crypto.unseal(bytes(value), purpose=self.purpose))

    def value_to_string(self, obj: Any) -> str:
        raise TypeError("A sealed value is not serialised in the clear.")


class SealedTextField(SealedField):
    """Encrypted text."""

    def dump(self, value: str) -> bytes:
        return value.encode()

    def load(self, plain: bytes) -> str:
        return plain.decode()


class SealedJSONField(SealedField):
    """Encrypted JSON."""

    def dump(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def load(self, plain: bytes) -> Any:
        return json.loads(plain)
