from django.urls import path

from ent.identity.contacts import views

app_name = "contacts"
urlpatterns = [path("mon-compte/coordonnees/", views.check, name="check")]
