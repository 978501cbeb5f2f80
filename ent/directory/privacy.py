"""What the directory holds about a person."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

WHILE_KNOWN = _("Tant que la personne est dans l’annuaire.")
WITH_MEMBERSHIP = _("Autant que l’appartenance à l’établissement.")

claim(
    "directory.Person.pk",
    _("Identité et coordonnées"),
    gives=(
        "civility",
        "last_name",
        "birth_name",
        "first_name",
        "other_names",
        "birth_date",
        "email",
        "contact",
        "shares_address",
        "ine",
        "home_school",
    ),
    kept=WHILE_KNOWN,
)
claim(
    "directory.Person.account",
    _("Lien avec le compte"),
    withheld=_("Le compte lui-même est communiqué."),
    kept=WHILE_KNOWN,
)
claim(
    "directory.ExternalId.person",
    _("Identifiants donnés par d’autres services"),
    gives=("system", "issuer", "value"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.Membership.person",
    _("Établissements et profils"),
    gives=("school", "profile", "function", "starts", "ends", "grace_until", "source"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.Schooling.membership",
    _("Scolarité"),
    gives=("school", "mef", "status", "level", "track", "subjects", "social", "entered_on", "left_on"),
    lookup="membership__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.StaffFunction.membership",
    _("Fonctions"),
    gives=("school", "label", "discipline"),
    lookup="membership__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.Enrolment.membership",
    _("Classes et groupes"),
    gives=("school", "division", "group", "starts", "ends"),
    lookup="membership__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.HeadTeacher.membership",
    _("Classes dont on est professeur principal"),
    gives=("school", "division"),
    lookup="membership__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.TeachingAssignment.membership",
    _("Services d’enseignement"),
    gives=("school", "division", "group", "subject"),
    lookup="membership__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.Apprenticeship.apprentice",
    _("Apprentissage"),
    gives=("school", "company", "company_siret", "starts", "ends"),
    lookup="apprentice__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.Apprenticeship.master",
    _("Apprentis suivis"),
    gives=("school", "company", "starts", "ends"),
    lookup="master__person",
    kept=WITH_MEMBERSHIP,
)
claim(
    "directory.Guardianship.pupil",
    _("Responsables"),
    gives=("guardian", "relation", "legal", "contact_rank"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.Guardianship.guardian",
    _("Enfants dont on est responsable"),
    gives=("pupil", "relation", "legal", "pays", "contact_rank", "payment_rank"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.Delegation.person",
    _("Délégations"),
    gives=("office", "school", "starts", "ends", "given_by"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.SchoolVisit.person",
    _("Accès de la région à des établissements"),
    gives=("school", "reason", "opened_at", "expires_at", "closed_at"),
    kept=WHILE_KNOWN,
)
claim(
    "directory.ImportRun.asked_by_person",
    _("Imports demandés"),
    gives=("label", "created_at", "state"),
    kept=_("Sans limite de durée : c’est l’histoire des imports. Leur détail est oublié après un an."),
)
