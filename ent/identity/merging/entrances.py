"""What merging does with another account that a provider has just proved: the same as after its password."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from ent.foundation.accounts.models import Account
from ent.identity.merging.queries import keep_proved, why_not
from ent.identity.signin.queries.entrances import proved_others


@proved_others.register("merging")
def show(request: HttpRequest, account: Account, proof: str) -> str:
    """To what each of the two has; or back, with why they stay two. Call inside `scope.EVERYTHING`."""
    sentence = why_not(request.viewer.person, account)  # type: ignore[attr-defined]
    if sentence:
        messages.error(request, sentence)
        return reverse("merging:prove")
    keep_proved(request, account, proof=proof)
    return reverse("merging:confirm")
