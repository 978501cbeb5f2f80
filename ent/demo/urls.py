from django.urls import path

from ent.demo import views

app_name = "demo"
urlpatterns = [path("connexion/demonstration/", views.sign_in_as, name="sign_in_as")]
