"""Who among ours is the person that a provider names."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Q

from ent.core import crypto
from ent.directory.enums import FAMILY_PROFILES, ExternalSystem, Family
from ent.directory.models import ExternalId, Guardianship, Membership, Person
from ent.foundation.accounts.models import Account
from ent.identity.federation.enums import Matching, Reason
from ent.identity.federation.models import ExternalIdentity, IdentityProvider

# What one ÉduConnect account may carry: a guardian of many children, with room to spare.
MOST_REFERENCES = 40
SYSTEM_OF = {
    Family.LEARNERS: ExternalSystem.AAF_PUPIL,
    Family.GUARDIANS: ExternalSystem.AAF_GUARDIAN,
    Family.STAFF: ExternalSystem.AAF_STAFF,
}
# FrEduVecteur, the older form: 1 and 2 a guardian's (first and second degree), 3 and 4 a pupil's.
VECTOR_FAMILY = {"1": Family.GUARDIANS, "2": Family.GUARDIANS, "3": Family.LEARNERS, "4": Family.LEARNERS}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a provider says of somebody. `subject` is its own lasting identifier of them (FrEduCtId, `sub`)."""

    subject: str
    first_name: str = ""
    last_name: str = ""
    references: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    # eleve1d, eleve2d, resp1d, resp2d (FrEduCtPersonAffiliation); empty where it is not said.
    affiliation: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """The accounts that an identity opens, oldest first; where none, why."""

    accounts: list[Account] = field(default_factory=list)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """`{AAF}18|…|4000001` (FrEduCtRefId): an académie and a person's number in its directory."""

    academy: str
    number: str


def identity_key(provider: IdentityProvider, subject: str) -> bytes:
    """What an external identity is found again by."""
    return crypto.fingerprint(f"{provider.pk}|{subject}", purpose=b"external identity")


def read_reference(text: str) -> Reference | None:
    """The prefix up to « } » goes (AAF, ECT…); exactly three parts, the first and the last of which count."""
    parts = [part.strip() for part in text.strip().partition("}")[2].split("|")]
    if len(parts) != 3 or not parts[0].isdigit() or not parts[2]:
        return None
    return Reference(parts[0].lstrip("0") or "0", parts[2])


def find_accounts(provider: IdentityProvider, identity: Identity) -> Found:
    """Call inside `scope.EVERYTHING`. An identity once linked opens its account, whatever else is said of it."""
    linked = ExternalIdentity.objects.filter(
        provider=provider, key=identity_key(provider, identity.subject)
    ).select_related("account")
    known = [row.account for row in linked if _is_of(provider, row.account)]
    if known:
        return Found(known)
    people, reason = _people(provider, identity)
    accounts = _accounts(people)
    open_here = [account for account in accounts if _is_of(provider, account)]
    if open_here:
        return Found(open_here)
    return Found(reason=Reason.OTHER_PROFILE if accounts else reason)


def _people(provider: IdentityProvider, identity: Identity) -> tuple[list[Person], str]:
    if provider.matching == Matching.MAIL:
        return list(_by_mail(identity.mails)), Reason.NOBODY if identity.mails else Reason.NOTHING_SAID
    references = [found for text in identity.references[:MOST_REFERENCES] if (found := read_reference(text))]
    ours = [one for one in references if not provider.academies or one.academy in provider.academies]
    if references and not ours:
        return [], Reason.ELSEWHERE
    people = [*_by_references(provider, identity, ours), *_by_vectors(identity)]
    if not people and Family.STAFF in provider.families:
        people = list(_by_mail(identity.mails))
    said = bool(references or identity.vectors or identity.mails)
    return people, Reason.NOBODY if said else Reason.NOTHING_SAID


def _by_mail(mails: Iterable[str]) -> Iterable[Person]:
    """Staff only: a family's address may be shared."""
    wanted = Q()
    for mail in mails:
        wanted |= Q(email__iexact=mail.strip())
    return Person.objects.exclude(email="").filter(wanted) if wanted else ()


def _by_references(provider: IdentityProvider, identity: Identity, references: Iterable[Reference]) -> Iterator[Person]:
    """The same number is a pupil's in one list and a guardian's in another: what the provider says of the person
    decides between them."""
    wanted = Q()
    for one in references:
        wanted |= Q(issuer=one.academy, value=one.number)
    if not wanted:
        return
    systems = [SYSTEM_OF[family] for family in _families(provider, identity) if family in SYSTEM_OF]
    for row in ExternalId.objects.filter(wanted, system__in=systems).select_related("person__account"):
        yield row.person


def _families(provider: IdentityProvider, identity: Identity) -> list[Family]:
    said = {"eleve": Family.LEARNERS, "resp": Family.GUARDIANS}.get(identity.affiliation.rstrip("12d"))
    return [Family(family) for family in provider.families if said is None or family == said]


def _by_vectors(identity: Identity) -> Iterator[Person]:
    """A guardian is told by their own name too: the number is the child's, and a child has several guardians."""
    for text in identity.vectors[:MOST_REFERENCES]:
        kind, last_name, first_name, number, uai, *_rest = [*text.split("|"), "", "", "", "", ""][:6]
        family = VECTOR_FAMILY.get(kind)
        if family is None or not number or not uai:
            continue
        pupils = Person.objects.filter(
            external_ids__system=ExternalSystem.SIECLE,
            external_ids__value=number,
            memberships__school__uai=uai,
            memberships__profile__in=FAMILY_PROFILES[Family.LEARNERS],
        ).distinct()
        if family == Family.LEARNERS:
            yield from pupils.select_related("account")
            continue
        name = _plain(f"{first_name or identity.first_name} {last_name or identity.last_name}")
        for link in Guardianship.objects.filter(pupil__in=pupils).select_related("guardian__account"):
            if _plain(link.guardian.full_name) == name:
                yield link.guardian


def _accounts(people: Iterable[Person]) -> list[Account]:
    found = {person.account_id: person.account for person in people if person.account is not None}
    return [found[key] for key in sorted(found, key=lambda key: key or 0) if found[key] is not None]


def _is_of(provider: IdentityProvider, account: Account) -> bool:
    """A provider opens the accounts of its own people only: a parent's ÉduConnect never opens a teacher's account."""
    profiles = {profile for family in provider.families for profile in FAMILY_PROFILES[Family(family)]}
    return Membership.objects.opening().filter(person__account=account, profile__in=profiles).exists()


def _plain(name: str) -> str:
    """« DE LA TOUR-D’AUVERGNE Éloïse » and « de la Tour d'Auvergne Eloise » are one."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in bare if not unicodedata.combining(sign)).split()
    )
