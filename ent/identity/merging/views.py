"""Making two accounts of one person one: the second is proved, what each has is shown, then it is confirmed."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.merging import merge_people
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.directory.queries.merging import belongings_of
from ent.foundation.accounts.actions import check_password
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.merging.forms import OtherAccountForm
from ent.identity.merging.queries import PASSWORD, forget_proved, keep_proved, proved_other, why_not
from ent.identity.signin.queries.entering import require_fresh_proof
from ent.identity.signin.queries.entrances import go_on, other_proofs
from ent.identity.signin.queries.sessions import address_of


@endpoint("GET", "POST")
def prove(request: Request) -> HttpResponse:
    """The other account's identifier and password, or a provider that opens it. Who is signed in has proved their own
    a moment ago."""
    require_fresh_proof(request)
    form = OtherAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (account := _proved(request, form)):
        keep_proved(request, account, proof=PASSWORD)
        return see_other("merging:confirm")
    elsewhere = [place for give in other_proofs for place in give(request.path)]
    context = {"title": _("Réunir deux comptes"), "form": form, "elsewhere": elsewhere}
    return page(request, "merging/prove.html", context, status=422 if form.errors else 200)


def _proved(request: Request, form: OtherAccountForm) -> Account | None:
    """The other account, or None with the reason in the form. A wrong pair counts as it does at sign-in."""
    try:
        account = check_password(
            **form.cleaned_data, address=address_of(request), by=request.viewer.actor, schools=schools_opened_by
        )
    except TooMany as refusal:
        form.add_error(None, refusal.sentence)
        return None
    if account is None:
        form.add_error(None, _("Identifiant ou mot de passe incorrect, ou compte bloqué. Vérifiez, puis réessayez."))
        return None
    with scope.use(scope.EVERYTHING):
        sentence = why_not(request.viewer.person, account)
    if sentence:
        form.add_error(None, sentence)
    return None if sentence else account


@endpoint("GET", "POST")
def confirm(request: Request) -> HttpResponse:
    """What each of the two has, then one account for all of it."""
    require_fresh_proof(request)
    own = request.viewer.person
    with scope.use(scope.EVERYTHING):
        other = proved_other(request)
        if other is None:
            messages.warning(request, _("Dix minutes ont passé. Montrez encore que l’autre compte est le vôtre."))
            return see_other("merging:prove")
        if request.method == "POST":
            merge_people(own, other.person, by=request.viewer.actor, proof=other.proof)
            forget_proved(request)
            messages.success(request, _("Vos deux comptes n’en font plus qu’un."))
            return see_other(go_on(request))
        both = [belongings_of(own), belongings_of(other.person)]
    return page(request, "merging/confirm.html", {"title": _("Réunir ces deux comptes"), "both": both})
