from django.urls import path

from ent.identity.activation import views

app_name = "activation"
urlpatterns = [
    path("premiere-connexion/", views.first_time, name="first_time"),
    path("premiere-connexion/envoye/", views.sent, name="sent"),
    path("activation/<str:token>/", views.welcome, name="welcome"),
    path("administration/activation/", views.overview, name="overview"),
    path("administration/activation/relancer/", views.remind, name="remind"),
    path("administration/activation/fiches/<int:pk>/", views.sheets, name="sheets"),
]
