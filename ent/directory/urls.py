"""Addresses of the directory, in three namespaces: its pages, its administration, its imports."""

from django.urls import URLPattern, URLResolver

directory: list[URLPattern | URLResolver] = []

administration: list[URLPattern | URLResolver] = []

imports: list[URLPattern | URLResolver] = []
