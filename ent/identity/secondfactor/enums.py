"""Closed lists of the second factor."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What proves, beside the password, that it is really the person."""

    APPLICATION = "application", _("Application")
    PASSKEY = "cle", _("Clé d’accès")


class Event(models.TextChoices):
    """What a person is told of their second factor."""

    ADDED = "ajoute", _("Une seconde preuve a été ajoutée à votre compte")
    REMOVED = "retire", _("Une seconde preuve a été retirée de votre compte")
    CODES = "codes", _("Vos codes de secours ont été renouvelés")
    CODE_USED = "code", _("Un code de secours a servi")
    RESET = "remis", _("Votre seconde preuve a été remise à zéro par votre établissement")


class IdentityCheck(models.TextChoices):
    """How whoever resets somebody's second factor made sure of who asks."""

    PAPER = "piece", _("En personne, avec une pièce d’identité")
    KNOWN = "connu", _("En personne, je la connais")
    VIDEO = "visio", _("Par appel vidéo, je la connais")
