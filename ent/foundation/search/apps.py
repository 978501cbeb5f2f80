from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "ent.foundation.search"
