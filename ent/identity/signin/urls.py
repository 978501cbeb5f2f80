from django.urls import path

from ent.identity.signin import views

app_name = "signin"
urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("connexion/etablissement/<str:uai>/", views.of_school, name="of_school"),
    path("connexion/vers/", views.toward, name="toward"),
    path("connexion/sans-acces/", views.nothing_open, name="nothing_open"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("mon-compte/mot-de-passe/", views.change_password, name="change_password"),
    path("mon-compte/appareils/", views.sessions, name="sessions"),
    path("mon-compte/appareils/rester/", views.stay, name="stay"),
    path("mon-compte/appareils/fermer/", views.close, name="close_session"),
]
