from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "ent.identity.federation"
