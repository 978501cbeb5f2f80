"""The address of a file."""

from django.urls import path

from ent.foundation.files import views

app_name = "files"
urlpatterns = [path("fichiers/<int:file_id>/", views.download, name="download")]
