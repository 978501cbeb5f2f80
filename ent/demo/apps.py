from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration: installed only where `DEMO` is on, never in production."""

    name = "ent.demo"
