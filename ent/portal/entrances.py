"""The first step that is ours: how one wants to be told."""

from django.utils.translation import gettext_lazy as _

from ent.identity.signin.queries.entrances import FirstStep, first_steps

first_steps.register("notifications")(
    FirstStep(
        order=20,
        label=_("Choisir comment être prévenu"),
        precision=_("Ce qui mérite un courriel, et ce qui attend"),
        icon="bell",
        url_name="portal:notification_preferences",
    )
)
