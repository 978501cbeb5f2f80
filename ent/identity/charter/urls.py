from django.urls import path

from ent.identity.charter import views

app_name = "charter"
urlpatterns = [
    path("mon-compte/charte/accepter/", views.accept, name="accept"),
    path("mon-compte/charte/", views.accepted, name="accepted"),
    path("administration/chartes/", views.charters, name="charters"),
    path("administration/chartes/<slug:family>/", views.publish, name="publish"),
]
