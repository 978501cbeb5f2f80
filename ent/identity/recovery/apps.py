from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "ent.identity.recovery"
