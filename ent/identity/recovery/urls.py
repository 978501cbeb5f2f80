from django.urls import path

from ent.identity.recovery.views import address, questions, recovering

app_name = "recovery"
urlpatterns = [
    path("mot-de-passe-oublie/", recovering.password, name="password"),
    path("mot-de-passe-oublie/aide/", recovering.ask_the_school, name="help"),
    path("mot-de-passe-oublie/envoye/", recovering.sent, name="sent"),
    path("mot-de-passe-oublie/<str:token>/", recovering.choose, name="choose"),
    path("identifiant-oublie/", recovering.identifier, name="identifier"),
    path("connexion/question/", questions.question, name="question"),
    path("mon-compte/questions/", questions.questions, name="questions"),
    path("mon-compte/courriel/", address.address, name="address"),
    path("mon-compte/courriel/<str:token>/", address.keep_address, name="keep_address"),
    path("annuaire/<int:pk>/mot-de-passe/", recovering.reissue, name="reissue"),
    path("annuaire/<int:pk>/mot-de-passe/fiche/", recovering.sheet, name="sheet"),
]
