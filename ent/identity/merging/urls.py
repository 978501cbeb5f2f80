from django.urls import path

from ent.identity.merging import views

app_name = "merging"
urlpatterns = [
    path("mon-compte/reunir/", views.prove, name="prove"),
    path("mon-compte/reunir/confirmer/", views.confirm, name="confirm"),
]
