from django.urls import path

from ent.identity.secondfactor.views import administration, entering, own

app_name = "secondfactor"
urlpatterns = [
    path("connexion/seconde-preuve/", entering.challenge, name="challenge"),
    path("connexion/cle/", entering.key_alone, name="key_alone"),
    path("mon-compte/confirmer/", entering.confirm, name="confirm"),
    path("mon-compte/seconde-preuve/", own.manage, name="manage"),
    path("mon-compte/seconde-preuve/choisir/", own.setup, name="setup"),
    path("mon-compte/seconde-preuve/application/", own.setup_application, name="setup_application"),
    path("mon-compte/seconde-preuve/cle/", own.setup_key, name="setup_key"),
    path("mon-compte/seconde-preuve/codes/", own.setup_codes, name="setup_codes"),
    path("mon-compte/seconde-preuve/codes/fichier/", own.setup_codes_file, name="setup_codes_file"),
    path("mon-compte/seconde-preuve/codes/refaire/", own.renew_codes, name="renew_codes"),
    path("mon-compte/seconde-preuve/appareils/oublier/", own.forget, name="forget_devices"),
    path("mon-compte/seconde-preuve/<int:pk>/", own.factor, name="factor"),
    path("mon-compte/seconde-preuve/<int:pk>/retirer/", own.remove, name="remove_factor"),
    path("administration/comptes/<int:pk>/seconde-preuve/", administration.reset, name="reset"),
]
