from django.urls import path

from ent.identity.access import views

app_name = "access"
urlpatterns = [
    path("administration/acces/", views.closures, name="closures"),
    path("administration/acces/ouverture/", views.opening, name="opening"),
    path("administration/acces/suspension/", views.suspension, name="suspension"),
    path("administration/acces/<int:pk>/rouvrir/", views.reopen, name="reopen"),
    path("administration/maintenance/", views.maintenance, name="maintenance"),
]
