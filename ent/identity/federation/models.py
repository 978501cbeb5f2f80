"""External identity providers, our own keys before them, and who among ours came from where."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedTextField
from ent.directory.enums import Family
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import EVERYTHING_ONLY, OWN_ACCOUNT
from ent.identity.federation.enums import KeyState, Matching, Protocol
from ent.identity.signin.enums import Audience


class IdentityProvider(models.Model):
    """Somebody who tells us who a person is: ÉduConnect, the académie, agricultural education."""

    slug = models.SlugField(_("nom dans l’adresse"), max_length=30, unique=True)
    name = models.CharField(_("nom affiché"), max_length=60)
    protocol = models.CharField(_("protocole"), max_length=4, choices=Protocol)
    audience = models.CharField(_("pour qui"), max_length=20, choices=Audience)
    # `Family` values: a provider opens no account of another family.
    families = models.JSONField(_("personnes qu’il connaît"), default=list)
    matching = models.CharField(_("reconnaissance"), max_length=10, choices=Matching, default=Matching.AAF)
    # Codes such as « 18 »; none means any.
    academies = models.JSONField(_("académies"), default=list, blank=True)
    # SAML: XML metadata. OpenID Connect: the JSON of its discovery.
    metadata = models.TextField(_("métadonnées"), blank=True)
    metadata_url = models.URLField(_("adresse des métadonnées"), max_length=500, blank=True)
    refreshed_at = models.DateTimeField(_("relues le"), null=True, blank=True)
    refresh_problem = models.CharField(_("dernier problème"), max_length=300, blank=True)
    client_id = models.CharField(_("identifiant client"), max_length=200, blank=True)
    client_secret = SealedTextField(_("secret client"), null=True, blank=True)
    logout_url = models.URLField(_("adresse de déconnexion"), max_length=500, blank=True)
    is_open = models.BooleanField(_("ouvert"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fournisseur d’identité")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def family_labels(self) -> list[str]:
        return [str(Family(family).label) for family in self.families]


class ServiceKey(models.Model):
    """A key pair by which the service signs its requests and opens what providers encrypt for it."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    state = models.CharField(_("état"), max_length=10, choices=KeyState)
    private = SealedTextField(_("clé privée"))
    certificate = models.TextField(_("certificat"))
    created_at = models.DateTimeField(_("faite le"), default=timezone.now)

    class Meta:
        verbose_name = _("clé du service")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=~Q(state=KeyState.OLD), name="service_key_one_in_each_state"
            )
        ]


class ExternalIdentity(models.Model):
    """The account that an identity of a provider opens; `key` is the keyed hash of the provider's own identifier."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="identities")
    account = models.ForeignKey(Account, models.CASCADE, related_name="external_identities")
    key = models.BinaryField(max_length=16)
    linked_at = models.DateTimeField(_("reliée le"), default=timezone.now)
    used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)

    class Meta:
        verbose_name = _("identité externe")
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="external_identity_once")]


class SpentOnce(models.Model):
    """Something that serves once (an assertion, an arrival): its keyed hash, kept until it would be refused anyway."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    key = models.BinaryField(max_length=16, primary_key=True)
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("preuve déjà servie")
