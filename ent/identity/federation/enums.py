"""Closed lists of coming in from elsewhere."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Protocol(models.TextChoices):
    """What a provider speaks."""

    SAML = "saml", "SAML 2.0"
    OIDC = "oidc", "OpenID Connect"


class Matching(models.TextChoices):
    """By what a person is found among ours the first time."""

    AAF = "aaf", _("Jointure de l’annuaire académique (FrEduCtRefId)")
    MAIL = "mail", _("Courriel professionnel")


class KeyState(models.TextChoices):
    """A key that comes is published before it signs; one that goes still opens what was encrypted for it."""

    OLD = "old", _("Ancienne")
    CURRENT = "current", _("En service")
    NEXT = "next", _("À venir")


class Reason(models.TextChoices):
    """Why somebody whom a provider knows opens nothing here."""

    NOBODY = "nobody", _("Personne n’a cet identifiant")
    ELSEWHERE = "elsewhere", _("Autre académie")
    OTHER_PROFILE = "other_profile", _("Profil que ce fournisseur n’ouvre pas")
    NOTHING_SAID = "nothing_said", _("Le fournisseur n’a pas transmis de quoi reconnaître la personne")


class Purpose(models.TextChoices):
    """What one goes to a provider for."""

    ENTER = "enter"
    LINK = "link"
    CONFIRM = "confirm"
    MERGE = "merge"
