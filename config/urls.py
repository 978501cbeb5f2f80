"""Every address of the product."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from ent.directory import urls as directory

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ent.core.urls")),
    path("", include("ent.identity.signin.urls")),
    path("", include("ent.identity.secondfactor.urls")),
    path("", include("ent.identity.federation.urls")),
    path("", include("ent.identity.activation.urls")),
    path("", include("ent.identity.access.urls")),
    path("", include("ent.identity.charter.urls")),
    path("", include("ent.identity.contacts.urls")),
    path("", include("ent.identity.firststeps.urls")),
    path("", include("ent.identity.recovery.urls")),
    path("", include("ent.identity.merging.urls")),
    path("", include("ent.portal.urls")),
    path("", include((directory.directory, "directory"))),
    path("administration/", include((directory.administration, "administration"))),
    path("imports/", include((directory.imports, "imports"))),
    path("", include("ent.foundation.files.urls")),
]

if settings.DEMO:
    urlpatterns.insert(0, path("", include("ent.demo.urls")))

handler403 = "ent.core.views.forbidden"
handler404 = "ent.core.views.not_found"
handler500 = "ent.core.views.broken"
