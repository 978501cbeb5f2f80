"""Addresses that machines ask for."""

from django.conf import settings
from django.urls import path

from ent.core import views

app_name = "core"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("hors-ligne/", views.offline, name="offline"),
    path("service-worker.js", views.service_worker, name="service_worker"),
]

if settings.DEMO:
    urlpatterns.append(path("style/", views.style_guide, name="style_guide"))
