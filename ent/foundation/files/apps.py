from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "ent.foundation.files"
