"""Closed lists of the directory: profiles, kinds of link, states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Profile(models.TextChoices):
    """What a person is in a school (SDET profiles, plus those that AAF lacks)."""

    PUPIL = "eleve", _("Élève")
    GUARDIAN = "responsable", _("Responsable")
    TEACHER = "enseignant", _("Enseignant")
    HEADSHIP = "direction", _("Direction")
    SCHOOL_LIFE = "vie_scolaire", _("Vie scolaire")
    ADMINISTRATIVE = "administratif", _("Personnel administratif ou technique")
    LIBRARIAN = "documentaliste", _("Documentaliste")
    LOCAL_AUTHORITY = "collectivite", _("Agent de la collectivité")
    APPRENTICE = "apprenti", _("Apprenti")
    MASTER = "maitre_apprentissage", _("Maître d’apprentissage")
    REGION = "region", _("Région")
    GUEST = "invite", _("Invité")


STAFF_PROFILES = frozenset(
    {
        Profile.TEACHER,
        Profile.HEADSHIP,
        Profile.SCHOOL_LIFE,
        Profile.ADMINISTRATIVE,
        Profile.LIBRARIAN,
        Profile.LOCAL_AUTHORITY,
        Profile.REGION,
    }
)
LEARNER_PROFILES = frozenset({Profile.PUPIL, Profile.APPRENTICE})
