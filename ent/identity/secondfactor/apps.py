from django.apps import AppConfig


class SecondFactorConfig(AppConfig):
    name = "ent.identity.secondfactor"
