from django.apps import AppConfig


class ActivationConfig(AppConfig):
    name = "ent.identity.activation"
