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


class Family(models.TextChoices):
    """The people of a school as one looks them up."""

    LEARNERS = "eleves", _("Élèves")
    GUARDIANS = "responsables", _("Responsables")
    STAFF = "personnels", _("Personnels")
    MASTERS = "maitres", _("Maîtres d’apprentissage")


FAMILY_PROFILES = {
    Family.LEARNERS: LEARNER_PROFILES,
    Family.GUARDIANS: frozenset({Profile.GUARDIAN}),
    Family.STAFF: STAFF_PROFILES,
    Family.MASTERS: frozenset({Profile.MASTER}),
}


class Source(models.TextChoices):
    """Where a row comes from: an import closes only what it brought."""

    AAF = "aaf", _("Annuaire académique")
    CSV = "csv", _("Fichier CSV")
    MANUAL = "saisie", _("Saisie")


class ExternalSystem(models.TextChoices):
    """Namespaces of identifiers given by others."""

    AAF_PUPIL = "aaf_eleve", _("Jointure AAF d’élève")
    AAF_GUARDIAN = "aaf_responsable", _("Jointure AAF de responsable")
    AAF_STAFF = "aaf_personnel", _("Jointure AAF de personnel")
    SIECLE = "siecle", _("Identifiant SIECLE")
    STS = "sts", _("Identifiant STS")
    EDUCONNECT = "educonnect", _("Identifiant ÉduConnect")
    CSV = "csv", _("Identifiant de l’établissement")


class Relation(models.TextChoices):
    """Kinship (nomenclature N_LIEN_ELEVE_RESPONSABLE)."""

    MOTHER = "10", _("Mère")
    FATHER = "20", _("Père")
    SIBLING = "37", _("Fratrie")
    ANCESTOR = "38", _("Ascendant")
    FAMILY = "39", _("Autre membre de la famille")
    EDUCATOR = "41", _("Éducateur")
    FOSTER = "42", _("Assistant familial")
    CHILDMINDER = "43", _("Garde d’enfant")
    TUTOR = "50", _("Tuteur")
    ASE = "51", _("Aide sociale à l’enfance")
    SELF = "70", _("L’élève lui-même")
    OTHER = "90", _("Autre lien")


class LegalDuty(models.IntegerChoices):
    """Legal responsibility, as AAF says it."""

    NONE = 0, _("Contact")
    LEGAL = 1, _("Représentant légal")
    IN_CHARGE = 2, _("Personne en charge")


# Those who follow a pupil's schooling; a mere contact is called, and told nothing (see `can_see_schooling`).
SCHOOLING_DUTIES = frozenset({LegalDuty.LEGAL, LegalDuty.IN_CHARGE})


class Stay(models.IntegerChoices):
    """How many days « C’est mon appareil » lasts."""

    NEVER = 0, _("Jamais")
    WEEK = 7, _("7 jours")
    MONTH = 30, _("30 jours")
    TERM = 90, _("90 jours")


class Office(models.TextChoices):
    """What a delegation lets a person administer."""

    SCHOOL = "correspondant", _("Correspondant ENT")
    REGION = "region", _("Équipe régionale")


class RunState(models.TextChoices):
    """Life of an import."""

    WAITING = "attente", _("En attente")
    READING = "lecture", _("Lecture des fichiers")
    PREVIEWED = "apercu", _("En attente de votre accord")
    APPLYING = "application", _("Application en cours")
    APPLIED = "applique", _("Appliqué")
    PARTLY = "partiel", _("Appliqué en partie")
    ABANDONED = "abandonne", _("Abandonné")
    FAILED = "echec", _("Échec")


class Effect(models.TextChoices):
    """What an import does, or would do, to a row."""

    CREATED = "cree", _("Créé")
    CHANGED = "modifie", _("Modifié")
    CLOSED = "ferme", _("Fermé")
    REOPENED = "rouvert", _("Rouvert")


class ImportEntity(models.TextChoices):
    """What the report of an import counts; `structures` are divisions and groups."""

    PUPILS = "eleves", _("Élèves")
    GUARDIANS = "responsables", _("Responsables")
    STAFF = "personnels", _("Enseignants et personnels")
    MASTERS = "maitres", _("Maîtres d’apprentissage et invités")
    STRUCTURES = "structures", _("Classes et groupes")
    SCHOOLS = "etablissements", _("Établissements")
    MEFS = "mef", _("MEF")
    SUBJECTS = "matieres", _("Matières")


class AnomalyStage(models.TextChoices):
    """When an anomaly was found."""

    READING = "lecture", _("À la lecture")
    PLANNING = "apercu", _("À l’aperçu")
