from django.apps import AppConfig


class CharterConfig(AppConfig):
    name = "ent.identity.charter"
