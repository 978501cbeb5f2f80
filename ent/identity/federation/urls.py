from django.urls import path

from ent.identity.federation.views import administration, arrivals, coming, leaving, own

app_name = "federation"
urlpatterns = [
    path("connexion/externe/arrivee/", coming.arrive, name="arrive"),
    path("connexion/externe/profil/", arrivals.choose, name="choose"),
    path("connexion/externe/aucun-compte/", arrivals.nobody, name="nobody"),
    path("connexion/externe/<slug:slug>/", coming.leave, name="leave"),
    path("connexion/externe/<slug:slug>/retour/", coming.answer, name="answer"),
    path("connexion/externe/<slug:slug>/deconnexion/", leaving.signed_out, name="signed_out"),
    path("connexion/externe/<slug:slug>/deconnexion-directe/", leaving.back_channel, name="back_channel"),
    path("connexion/externe/<slug:slug>/metadonnees.xml", arrivals.metadata, name="metadata"),
    path("mon-compte/identites/", own.linked, name="linked"),
    path("mon-compte/identites/<int:pk>/detacher/", own.unlink, name="unlink"),
    path("administration/identites/", administration.providers, name="providers"),
    path("administration/identites/ajouter/", administration.add, name="add"),
    path("administration/identites/cles/", administration.keys, name="keys"),
    path("administration/identites/<slug:slug>/", administration.provider, name="provider"),
    path("administration/identites/<slug:slug>/etat/", administration.switch, name="switch"),
    path("administration/identites/<slug:slug>/relire/", administration.refresh, name="refresh"),
]
