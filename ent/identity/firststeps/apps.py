from django.apps import AppConfig


class FirstStepsConfig(AppConfig):
    name = "ent.identity.firststeps"
