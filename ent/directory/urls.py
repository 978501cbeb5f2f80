"""Addresses of the directory, in three namespaces: its pages, its administration, its imports."""

from django.urls import URLPattern, URLResolver, path

from ent.directory.views import people, schools, structures

directory: list[URLPattern | URLResolver] = [
    path("annuaire/", people.people, name="people"),
    path("annuaire/<int:pk>/", people.person, name="person"),
    path("classes/", structures.divisions, name="divisions"),
    path("classes/<int:pk>/", structures.division, name="division"),
    path("classes/<int:pk>/liste.csv", structures.division_file, name="division_file"),
    path("groupes/<int:pk>/", structures.group, name="group"),
    path("groupes/<int:pk>/liste.csv", structures.group_file, name="group_file"),
    path("etablissement/", schools.school, name="school"),
    path("etablissements/<int:pk>/", schools.school_card, name="school_card"),
]

administration: list[URLPattern | URLResolver] = []

imports: list[URLPattern | URLResolver] = []
