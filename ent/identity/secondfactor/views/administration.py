"""The second factor that somebody of the school has lost."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.permissions import can_administer_accounts, can_reset_password
from ent.directory.queries.administration.accounts import people_of, reach_of
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import reset_factors
from ent.identity.secondfactor.enums import IdentityCheck
from ent.identity.secondfactor.forms import ResetForm
from ent.identity.secondfactor.queries.factors import factors_of


@endpoint("GET", "POST")
def reset(request: Request, pk: int) -> HttpResponse:
    """Take it off, once whoever asks was recognised. Who may give a provisional password may do so, no one else."""
    viewer = request.viewer
    if not can_administer_accounts(viewer):
        raise PermissionDenied
    person = get_object_or_404(people_of(viewer.school), pk=pk)
    if person.account is None or not can_reset_password(viewer, person, reach_of(person, viewer.school)):
        raise PermissionDenied(_("Seule la région remet à zéro la seconde preuve de cette personne."))
    form = ResetForm(request.POST or None)
    with scope.use(scope.EVERYTHING):
        factors = factors_of(person.account)
        if request.method == "POST" and form.is_valid():
            check = IdentityCheck(form.cleaned_data["check"])
            reason, schools = form.cleaned_data["reason"], [viewer.school.pk]
            reset_factors(person.account, check, reason, by=viewer.actor, schools=schools)
            messages.success(request, _("Seconde preuve remise à zéro. Une nouvelle sera demandée à la connexion."))
            return see_other("administration:account", pk)
    context = {"title": _("Seconde preuve perdue"), "person": person, "form": form, "factors": factors}
    return page(request, "secondfactor/reset.html", context, status=422 if form.errors else 200)
