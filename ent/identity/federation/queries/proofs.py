"""What a provider's answer proves once it was checked, whatever its protocol."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ent.identity.federation.queries.matching import Identity

SENTENCES: dict[str, str | Promise] = {
    "not_confirmed": _("%s n’a pas confirmé qui vous êtes\u00a0: vous avez peut-être annulé."),
    "clock": _("La réponse de %s est arrivée trop tard, ou trop tôt. Recommencez\u202f; si cela dure, prévenez-nous."),
    "down": _("%s ne répond pas en ce moment. Réessayez dans quelques minutes."),
    "lost": _("Cette connexion a été commencée ailleurs, ou il y a plus de dix minutes. Recommencez."),
    "used": _("Cette connexion a déjà servi. Recommencez."),
    "settings": _("La connexion par %s est mal réglée. L’équipe régionale peut y remédier."),
}
OTHERWISE = _("La réponse de %s n’a pas pu être vérifiée. Recommencez\u202f; si cela dure, prévenez-nous.")


class ProofRefused(Exception):
    """A provider's answer proves nothing. `code` says why, for whoever looks into it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def sentence(self, provider: str) -> str:
        text = str(SENTENCES.get(self.code, OTHERWISE))
        return text % provider if "%s" in text else text


@dataclass(frozen=True, slots=True)
class Told:
    """Who has come. `proof` is what may serve once, until `until`. `holder` and `index` are what the provider calls
    them and the session that it has opened (SAML: NameID and SessionIndex; OpenID Connect: `sub` and `sid`), `hint`
    what it wants back at the sign-out (the id_token)."""

    identity: Identity
    proof: str
    until: datetime
    holder: str = ""
    index: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A provider has ended these sessions of somebody; all those that it had of them, where it names none."""

    proof: str
    until: datetime
    holder: str
    indexes: tuple[str, ...] = ()
