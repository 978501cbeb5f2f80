from django.urls import path

from ent.identity.firststeps import views

app_name = "firststeps"
urlpatterns = [
    path("mon-compte/premiers-pas/", views.steps, name="steps"),
    path("mon-compte/installer/", views.install, name="install"),
]
