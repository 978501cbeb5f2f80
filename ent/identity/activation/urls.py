from django.urls import path

from ent.identity.activation.views import entering, school

app_name = "activation"
urlpatterns = [
    path("premiere-connexion/", entering.first_time, name="first_time"),
    path("premiere-connexion/envoye/", entering.sent, name="sent"),
    path("activation/<str:token>/", entering.welcome, name="welcome"),
    path("administration/activation/", school.overview, name="overview"),
    path("administration/activation/suivi.csv", school.follow_up_file, name="follow_up_file"),
    path("administration/activation/classes/", school.do, name="do"),
    path("administration/activation/fiches/", school.sheets, name="sheets"),
    path("administration/activation/arrivants/", school.latecomers, name="latecomers"),
    path("administration/activation/arrivants/<int:pk>/", school.latecomer_sheet, name="latecomer_sheet"),
]
