from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "ent.foundation.privacy"
