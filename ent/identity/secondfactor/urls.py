from django.urls import URLPattern

app_name = "secondfactor"
urlpatterns: list[URLPattern] = []
