"""Answering a person's request."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.foundation.audit.actions import record
from ent.foundation.privacy.queries import person_data
from ent.foundation.schools import scope


@act("privacy.export_person", _("Données d’une personne communiquées"))
def export_person(person: models.Model, *, by: Actor) -> dict[str, Any]:
    """Everything held about a person, in plain JSON (RGPD, article 15). The request is recorded, its content is not."""
    with scope.use(scope.EVERYTHING):
        data = person_data(person)
    record("privacy.export_person", person, by=by)
    return {"person": str(person), "made_at": timezone.now().isoformat(timespec="seconds"), "data": data}
