from django.apps import AppConfig


class MergingConfig(AppConfig):
    name = "ent.identity.merging"
