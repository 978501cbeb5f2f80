from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "ent.identity.signin"
