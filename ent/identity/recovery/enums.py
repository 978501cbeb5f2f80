"""The questions between which one chooses."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Question(models.TextChoices):
    """Nothing that a file of the school knows, nor that a classmate does."""

    PET = "animal", _("Le nom de votre premier animal")
    STREET = "rue", _("La rue où vous habitiez à six ans")
    TEACHER = "maitresse", _("Le nom de votre maître ou maîtresse de CP")
    NICKNAME = "surnom", _("Le surnom que vous donnait un grand-parent")
    FILM = "film", _("Le premier film que vous avez vu au cinéma")
    DISH = "plat", _("Le plat que vous détestiez enfant")
    HOLIDAY = "vacances", _("Le lieu de vos premières vacances")
    HERO = "heros", _("Votre héros ou héroïne à huit ans")
