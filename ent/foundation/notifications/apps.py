from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "ent.foundation.notifications"
