from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ent.foundation.accounts"
