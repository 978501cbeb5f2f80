from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SchoolsConfig(AppConfig):
    name = "ent.foundation.schools"

    def ready(self) -> None:
        from ent.foundation.schools.policies import on_migrated  # noqa: PLC0415  (models are ready only here)

        post_migrate.connect(on_migrated, sender=self, dispatch_uid="ent.policies")
