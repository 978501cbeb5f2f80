"""Closed lists about notifications."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """A way to reach a person."""

    IN_APP = "ent", _("Dans l’ENT")
    MAIL = "courriel", _("Par courriel")


class DeliveryState(models.TextChoices):
    """Life of one message sent outside to one account."""

    WAITING = "attente", _("En attente")
    SENDING = "envoi", _("En cours d’envoi")
    SENT = "envoye", _("Envoyé")
    DROPPED = "abandonne", _("Sans objet")
    FAILED = "echec", _("Échec")
    # The server was told, and was silent: the message may have left, so it is not sent again.
    UNCERTAIN = "incertain", _("Peut-être envoyé")
