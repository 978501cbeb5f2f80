from django.urls import path

from ent.identity.recovery import views

app_name = "recovery"
urlpatterns = [
    path("mot-de-passe-oublie/", views.password, name="password"),
    path("mot-de-passe-oublie/aide/", views.ask_the_school, name="help"),
    path("mot-de-passe-oublie/envoye/", views.sent, name="sent"),
    path("mot-de-passe-oublie/<str:token>/", views.choose, name="choose"),
    path("identifiant-oublie/", views.identifier, name="identifier"),
    path("annuaire/<int:pk>/mot-de-passe/", views.reissue, name="reissue"),
    path("annuaire/<int:pk>/mot-de-passe/fiche/", views.sheet, name="sheet"),
]
