"""One valid row of any model, made from what the model declares: for tests that must hold for every table."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ent.core.fields import SealedBytesField, SealedJSONField, SealedTextField
from ent.foundation.schools.models import Region, School, uai_letter

_numbers = itertools.count(1)

# What a field's name means, where its type does not say enough.
NAMED: dict[str, Any] = {"ends": date(2027, 8, 31)}

# What a check constraint asks for beyond the types of the fields.
ASKED: dict[str, set[str]] = {
    "directory.Enrolment": {"division"},
    "directory.TeachingAssignment": {"division"},
}


def a_school(name: str = "Établissement") -> School:
    digits = f"{9_900_000 + next(_numbers)}"[:7]
    region = Region.objects.first() or Region.objects.create(name="Centre-Val de Loire", academy_code="18")
    return School.objects.create(region=region, uai=digits + uai_letter(digits), name=name)


def a_row(model: type[models.Model], school: School, **given: Any) -> models.Model:
    """Create a row of `model` that belongs to `school`, and the rows it rests on. Call inside `scope.EVERYTHING`."""
    if model is School:
        return school
    asked = ASKED.get(model._meta.label, set())
    values = {
        field.name: _value(field, school)
        for field in model._meta.concrete_fields
        if field.name not in given and (_is_required(field) or field.name in asked)
    }
    values |= given
    # A row whose key is another row may have been made with it, by a trigger.
    made = model._base_manager.filter(pk=values.get(model._meta.pk.name)).first()
    return made or model._base_manager.create(**values)


def _is_required(field: "models.Field[Any, Any]") -> bool:
    if field.is_relation and field.related_model is School:
        return True
    filled = (
        isinstance(field, (models.AutoField, models.GeneratedField))
        or getattr(field, "auto_now_add", False)
        or field.has_default()
    )
    return not (field.null or filled)


def _value(field: "models.Field[Any, Any]", school: School) -> Any:
    if field.is_relation:
        return a_row(field.related_model, school)  # type: ignore[arg-type]
    if field.name in NAMED:
        return NAMED[field.name]
    if field.choices:
        return next(iter(field.flatchoices))[0]
    number = next(_numbers)
    makers: dict[type, Any] = {
        SealedBytesField: b"secret",
        SealedTextField: f"{field.name} {number}",
        SealedJSONField: {},
        models.BooleanField: False,
        models.DateTimeField: datetime(2026, 9, 1, 8, tzinfo=UTC),
        models.DateField: date(2026, 9, 1),
        models.IntegerField: number,
        models.BinaryField: number.to_bytes(16, "big"),
        models.JSONField: {},
        ArrayField: [number],
        models.UUIDField: f"00000000-0000-4000-8000-{number:012}",
        models.CharField: f"{field.name} {number}"[-(field.max_length or 100) :],
        models.TextField: f"{field.name} {number}",
    }
    return next(value for kind, value in makers.items() if isinstance(field, kind))
