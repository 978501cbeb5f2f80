from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "ent.directory"
