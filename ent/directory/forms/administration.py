"""What the administrators of a school and of the region fill in."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Profile
from ent.directory.models import AVATAR_COLOURS, Delegation, Membership, Person, SchoolSettings
from ent.directory.queries.administration.accounts import namesakes
from ent.foundation.files.models import MIB, SchoolQuota
from ent.foundation.files.templatetags.sizes import exact_size_text, read_size, size_text
from ent.foundation.schools.enums import PeriodKind, SchoolKind
from ent.foundation.schools.models import CalendarDay, School, SchoolDay, SchoolYear, Term


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class WholeRowForm(forms.ModelForm):
    """Checks a row's constraints with the columns that the page does not show: give it the row that holds them."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own hook, untyped
        return excluded & set(self.fields)


class LockForm(forms.Form):
    """Why an account is locked."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=200,
        help_text=_("Le journal la garde. Les administrateurs de l’établissement la lisent."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    until = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        help_text=_("Ce jour compris. Le compte se rouvre ensuite de lui-même ; sans date, il faut le rouvrir."),
        widget=DateInput(),
    )

    def clean_until(self) -> datetime | None:
        """The moment at which it opens again: midnight after the last day."""
        day: date | None = self.cleaned_data["until"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise ValidationError(_("Ce jour est passé. Donnez un jour à venir, ou aucun."))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


class EmailForm(forms.Form):
    """Another address for a person."""

    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Cette adresse n’est pas complète. Exemple : prenom.nom@exemple.fr.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class MembershipForm(WholeRowForm):
    """One more profile for a person of the school."""

    class Meta:
        model = Membership
        fields = ("profile", "function", "starts", "ends")
        widgets = {"starts": DateInput(), "ends": DateInput()}

    def __init__(self, *args: Any, profiles: Iterable[Profile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _prepare_membership(self, profiles)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        known = Membership.objects.filter(
            person=self.instance.person_id, school=self.instance.school_id, profile=values.get("profile", "")
        )
        if known.on().exists():
            self.add_error("profile", _("Cette personne a déjà ce profil dans l’établissement."))
        return values

    def _get_validation_exclusions(self) -> set[str]:
        # A profile that had been closed opens again: the row is then the same.
        return {*super()._get_validation_exclusions(), "person"}


class PersonForm(WholeRowForm):
    """Someone whom no file brings: a guest, a trainer. `seen` holds the namesakes that were shown."""

    civility = forms.ChoiceField(label=_("Civilité"), required=False, choices=[("", "—"), ("Mme", "Mme"), ("M.", "M.")])
    profile = forms.ChoiceField(label=_("Profil"))
    function = forms.CharField(label=_("Fonction"), required=False, max_length=120)
    starts = forms.DateField(label=_("Depuis"), widget=DateInput())
    ends = forms.DateField(label=_("Jusqu’au"), required=False, widget=DateInput())
    seen = forms.CharField(required=False, widget=forms.HiddenInput(), max_length=500)

    class Meta:
        model = Person
        fields = ("civility", "first_name", "last_name", "birth_date", "email")
        widgets = {"birth_date": DateInput()}

    def __init__(self, *args: Any, school: School, profiles: Iterable[Profile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        self.alike: list[Person] = []
        _prepare_membership(self, profiles)
        self.fields["profile"].initial = Profile.GUEST

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("starts") and values.get("ends") and values["ends"] < values["starts"]:
            self.add_error("ends", _("La fin ne peut pas précéder le début."))
        if values.get("first_name") and values.get("last_name"):
            self.alike = namesakes(
                self.school,
                last_name=values["last_name"],
                first_name=values["first_name"],
                birth_date=values.get("birth_date"),
            )
        if {person.pk for person in self.alike} - self.seen_ids:
            raise ValidationError(
                _("Cette personne est peut-être déjà dans l’établissement : vérifiez ci-dessous."), code="alike"
            )
        return values

    @property
    def seen_ids(self) -> set[int]:
        return {int(part) for part in self.cleaned_data.get("seen", "").split(",") if part.isascii() and part.isdigit()}

    def membership(self) -> Membership:
        """What the person will be in the school, unsaved."""
        values = {name: self.cleaned_data[name] for name in ("profile", "function", "starts", "ends")}
        return Membership(school=self.school, **values)


def _prepare_membership(form: forms.BaseForm, profiles: Iterable[Profile]) -> None:
    form.fields["profile"].choices = [(profile.value, profile.label) for profile in profiles]  # type: ignore[attr-defined]
    form.fields["function"].help_text = _("Ce qui s’affiche sous le nom, par exemple « Formateur ».")
    form.fields["starts"].initial = timezone.localdate
    form.fields["ends"].help_text = _("Sans date, jusqu’à ce que vous la fermiez.")


class CloseForm(forms.Form):
    """The last day of a membership."""

    ends = forms.DateField(label=_("Dernier jour"), widget=DateInput(), initial=timezone.localdate)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership

    def clean_ends(self) -> Any:
        if self.cleaned_data["ends"] < self.membership.starts:
            raise ValidationError(_("La fin ne peut pas précéder le début."))
        return self.cleaned_data["ends"]


class DelegationForm(WholeRowForm):
    """Who administers the school, and when. `people` are those among whom one chooses."""

    class Meta:
        model = Delegation
        fields = ("person", "starts", "ends")
        labels = {"person": _("Personne"), "starts": _("À partir du"), "ends": _("Jusqu’au")}
        help_texts = {"ends": _("Sans date, jusqu’à ce que vous y mettiez fin.")}
        widgets = {"person": forms.RadioSelect(), "starts": DateInput(), "ends": DateInput()}
        error_messages = {
            "person": {
                "required": _("Choisissez une personne."),
                "invalid_choice": _("Cette personne ne fait pas partie des personnels de l’établissement."),
            }
        }

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = forms.ModelChoiceField(
            Person.objects.filter(pk__in=[person.pk for person in people]).by_name(),
            label=_("Personne"),
            widget=forms.RadioSelect(),
            empty_label=None,
            error_messages=self.Meta.error_messages["person"],
        )
        self.fields["person"] = choice


class OfficerForm(forms.ModelForm):
    """A new member of the region's team."""

    civility = forms.ChoiceField(label=_("Civilité"), required=False, choices=[("", "—"), ("Mme", "Mme"), ("M.", "M.")])

    class Meta:
        model = Person
        fields = ("civility", "first_name", "last_name", "email")


class VisitForm(forms.Form):
    """Why, and for how long, a region officer enters a school."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=300,
        help_text=_("La direction et le correspondant ENT de l’établissement la liront."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    hours = forms.TypedChoiceField(
        label=_("Durée"),
        coerce=int,
        initial=1,
        choices=[(1, _("Une heure")), (4, _("Quatre heures")), (24, _("Un jour"))],
        widget=forms.RadioSelect(),
    )


class SizeField(forms.Field):
    """Bytes, in whole Mo, typed as « 2,5 Go » or « 500 Mo »; None when left empty."""

    MOST = read_size("100 To")

    def to_python(self, value: Any) -> int | None:
        if not value or not value.strip():
            return None
        try:
            size = read_size(value) // MIB * MIB
        except ValueError:
            raise ValidationError(
                _("Écrivez un nombre et son unité, par exemple 250\u00a0Go ou 1,5\u00a0Go.")
            ) from None
        if not MIB <= size <= self.MOST:
            raise ValidationError(_("Choisissez entre 1\u00a0Mo et 100\u00a0To."))
        return size

    def prepare_value(self, value: Any) -> Any:
        return exact_size_text(value) if isinstance(value, int) else value


class QuotaForm(forms.Form):
    """The room that the region gives to a school's files, and why. Starts from `quota`."""

    size = SizeField(label=_("Espace de l’établissement"), required=False)
    person_size = SizeField(label=_("Espace de chaque personne"), required=False)
    reason = forms.CharField(
        label=_("Raison"),
        max_length=300,
        help_text=_("Le journal de l’établissement la garde. Sa direction et son correspondant ENT la lisent."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, quota: SchoolQuota, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = SchoolQuota()
        for name, size in (("size", usual.most), ("person_size", usual.most_of_person)):
            help_text = _("En Go ou en Mo. Laissez vide pour %(size)s, comme partout ailleurs.")
            self.fields[name].initial = getattr(quota, name)
            self.fields[name].help_text = help_text % {"size": size_text(size)}
            self.fields[name].widget.attrs |= {"autocomplete": "off", "maxlength": 20}


class AccessRulesForm(WholeRowForm):
    """How long what a school hands out is good for, and how long a device stays signed in."""

    provisional_days = forms.IntegerField(
        label=_("Une fiche vaut, en jours"),
        min_value=1,
        max_value=365,
        help_text=_("Passé ce délai, le mot de passe provisoire n’ouvre plus rien\u00a0: vous en remettez un autre."),
    )

    class Meta:
        model = SchoolSettings
        fields = ("provisional_days", "stay_days")
        labels = {"stay_days": _("« C’est mon appareil » garde connecté")}
        help_texts = {"stay_days": _("Pour les élèves et les familles. Le personnel se reconnecte toujours.")}
        widgets = {"stay_days": forms.RadioSelect()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.school.kind == SchoolKind.CFA:
            # Two days, which the CFA does not lengthen (`provisional_days`).
            del self.fields["provisional_days"]


class LookForm(WholeRowForm):
    """A school's colour, logo and notice."""

    accent = forms.ChoiceField(
        label=_("Couleur"),
        choices=[(name, name.capitalize()) for name in AVATAR_COLOURS],
        widget=forms.RadioSelect(),
        error_messages={"invalid_choice": _("Choisissez une des huit couleurs.")},
    )
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG ou WebP, 1 Mo au plus. Carré de préférence."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )

    class Meta:
        model = SchoolSettings
        fields = ("accent", "notice", "notice_until")
        help_texts = {
            "notice": _("Il s’affiche en tête de l’accueil de chacun. Laissez vide pour n’en afficher aucun."),
            "notice_until": _("Sans date, jusqu’à ce que vous l’effaciez."),
        }
        widgets = {"notice": forms.Textarea(attrs={"rows": 3}), "notice_until": DateInput()}


class TermForm(WholeRowForm):
    """A trimester or a semester, within its year."""

    class Meta:
        model = Term
        fields = ("kind", "number", "starts", "ends")
        widgets = {"starts": DateInput(), "ends": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs |= {"min": 1, "max": 6}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        year: SchoolYear = self.instance.year
        for name in ("starts", "ends"):
            if values.get(name) and not year.starts <= values[name] <= year.ends:
                self.add_error(name, _("Cette date n’est pas dans l’année %(year)s.") % {"year": year.label})
        return values


class SchoolDayForm(WholeRowForm):
    """Days without lessons in one school."""

    class Meta:
        model = SchoolDay
        fields = ("label", "kind", "starts", "ends")
        widgets = {"starts": DateInput(), "ends": DateInput()}


class CalendarDayForm(WholeRowForm):
    """Days without lessons in every school of the region."""

    class Meta:
        model = CalendarDay
        fields = ("label", "kind", "starts", "ends")
        widgets = {"starts": DateInput(), "ends": DateInput()}


class YearForm(WholeRowForm):
    """The dates of a year to prepare, and how it is cut."""

    kind = forms.ChoiceField(label=_("Découpage"), choices=PeriodKind.choices, widget=forms.RadioSelect())

    class Meta:
        model = SchoolYear
        fields = ("label", "starts", "ends")
        widgets = {"starts": DateInput(), "ends": DateInput()}

    def __init__(self, *args: Any, former: SchoolYear | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.former = former

    def clean_starts(self) -> Any:
        starts = self.cleaned_data["starts"]
        if self.former and starts <= self.former.ends:
            raise ValidationError(_("L’année %(year)s n’est pas finie ce jour-là.") % {"year": self.former.label})
        return starts


class JournalForm(forms.Form):
    """What is looked for in the journal; a part that makes no sense is left out."""

    action = forms.ChoiceField(label=_("Acte"), required=False)
    auteur = forms.CharField(label=_("Auteur"), required=False, max_length=100)
    depuis = forms.DateField(label=_("Depuis"), required=False, widget=DateInput())
    jusqu_au = forms.DateField(label=_("Jusqu’au"), required=False, widget=DateInput())

    def __init__(self, *args: Any, acts: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("Tous les actes")), *acts]  # type: ignore[attr-defined]
