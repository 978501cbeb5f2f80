"""Secret questions: asked of an apprentice beside a code of the CFA, chosen by those who have no address."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.foundation.schools import scope
from ent.identity.recovery.actions.questions import check_answer, keep_answers
from ent.identity.recovery.forms import AnswerForm, QuestionsForm
from ent.identity.recovery.queries.questions import BIRTH_DATE, Asked, is_apprentice, question_for
from ent.identity.signin.actions.entering import finish
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.queries.entering import Entering, entering_of, require_fresh_proof
from ent.identity.signin.queries.entrances import go_on


@endpoint("GET", "POST", public=True)
def question(request: Request) -> HttpResponse:
    """One question, of whoever has given the code of the CFA."""
    entering = entering_of(request)
    with scope.use(scope.EVERYTHING):
        asked = question_for(entering.account) if entering else None
    if entering is None or asked is None:
        messages.warning(request, _("Dix minutes ont passé. Recommencez depuis le début."))
        return see_other("signin:sign_in")
    sent = request.POST if request.method == "POST" else None
    form = AnswerForm(sent, label=asked.label, is_day=asked.name == BIRTH_DATE)
    if request.method == "POST" and form.is_valid() and _is_answered(entering, asked, form):
        by = actor_of(entering.account)
        return see_other(
            finish(
                request,
                entering.account,
                method=entering.method,
                by=by,
                next_page=entering.next_page,
                stays=entering.stays,
            )
        )
    context = {"title": _("Une question pour vous"), "form": form}
    return page(request, "recovery/question.html", context, status=422 if form.errors else 200)


def _is_answered(entering: Entering, asked: Asked, form: AnswerForm) -> bool:
    try:
        with scope.use(scope.EVERYTHING):
            by = actor_of(entering.account)
            if check_answer(entering.account, asked, str(form.cleaned_data["answer"]), by=by):
                return True
        form.add_error(None, _("Ce n’est pas la réponse attendue."))
    except TooMany as refusal:
        form.add_error(None, refusal.sentence)
    return False


@endpoint("GET", "POST")
def questions(request: Request) -> HttpResponse:
    """An apprentice chooses two questions and their answers."""
    with scope.use(scope.EVERYTHING):
        if not is_apprentice(request.viewer.account):
            raise PermissionDenied(_("Les questions secrètes sont pour les apprentis."))
    require_fresh_proof(request)
    form = QuestionsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        keep_answers(request.viewer.account, form.answers, by=request.viewer.actor)
        messages.success(request, _("Vos questions sont enregistrées."))
        return see_other(go_on(request))
    context = {"title": _("Vos questions secrètes"), "form": form}
    return page(request, "recovery/questions.html", context, status=422 if form.errors else 200)
