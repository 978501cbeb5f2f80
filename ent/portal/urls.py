from django.urls import path

from ent.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("changer/", views.switch, name="switch"),
    path("recherche/", views.search, name="search"),
    path("notifications/", views.notifications, name="notifications"),
    path("mon-compte/", views.account, name="account"),
    path("mon-compte/notifications/", views.notification_preferences, name="notification_preferences"),
    path("plus/", views.more, name="more"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
    path("mentions-legales/", views.legal, name="legal"),
]
