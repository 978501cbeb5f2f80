from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "ent.identity.access"
