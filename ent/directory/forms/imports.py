"""What one sends to be imported, what each column of it says, and why one agrees past a threshold."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from ent.directory.imports.csv.mapping import FIELDS, ROLES, Column, Role, full_label, problems_of
from ent.directory.imports.csv.people import BROUGHT
from ent.directory.imports.csv.reading import MOST_BYTES
from ent.directory.imports.uploads import ARCHIVES

AAF_ENDINGS = (".xml", *ARCHIVES)
MIB = 2**20


class SeveralFiles(forms.ClearableFileInput):
    """A field that takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans each of several files; gives them as a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class AafForm(forms.Form):
    """The files of the académie."""

    sources = FilesField(
        label=_("Fichiers de l’annuaire académique"),
        help_text=_("Tous les fichiers XML d’un même jour, ou leur archive .tgz ou .zip. %(size)d\u00a0Mo au plus.")
        % {"size": settings.UPLOAD_LIMIT // MIB},
        error_messages={
            "required": _("Choisissez les fichiers à importer."),
            "empty": _("Ce fichier est vide. Choisissez-en un autre."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sources"].widget.attrs |= {"accept": ",".join(AAF_ENDINGS), "data-ent-most": settings.UPLOAD_LIMIT}

    def clean_sources(self) -> list[UploadedFile]:
        files: list[UploadedFile] = self.cleaned_data["sources"]
        names = [str(file.name).lower() for file in files]
        if strange := [file.name for file in files if not str(file.name).lower().endswith(AAF_ENDINGS)]:
            raise forms.ValidationError(
                _("Ce ne sont pas des fichiers de l’annuaire académique\u00a0: %(names)s."),
                params={"names": ", ".join(map(str, strange[:3]))},
            )
        if len(files) > 1 and any(name.endswith(ARCHIVES) for name in names):
            raise forms.ValidationError(_("Envoyez une seule archive, ou des fichiers XML\u00a0: pas les deux."))
        if len(set(names)) < len(names):
            raise forms.ValidationError(_("Deux fichiers portent le même nom."))
        if sum(file.size or 0 for file in files) > settings.UPLOAD_LIMIT:
            size = filesizeformat(settings.UPLOAD_LIMIT)
            raise forms.ValidationError(_("Ces fichiers dépassent %(size)s ensemble."), params={"size": size})
        return files


class CsvForm(forms.Form):
    """A school's own file."""

    file = forms.FileField(
        label=_("Fichier CSV"),
        help_text=_(
            "Une ligne par personne, 20\u00a0Mo et 50\u202f000\u00a0lignes au plus. Depuis Excel ou LibreOffice\u00a0:"
            " Enregistrer sous, CSV."
        ),
        error_messages={
            "required": _("Choisissez le fichier à importer."),
            "empty": _("Ce fichier est vide. Choisissez-en un autre."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv", "data-ent-most": MOST_BYTES}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("Ce fichier dépasse 20\u00a0Mo. Découpez-le, par classe par exemple."))
        return file


def field_choices() -> list[tuple[str, Any]]:
    """What a column may give, by whom it speaks of."""
    choices: list[tuple[Any, Any]] = [("", _("Ne pas importer"))]
    for role in Role:
        choices.append((ROLES[role], [(f.key, full_label(f.key)) for f in FIELDS.values() if f.role == role]))
    return choices


class ColumnsForm(forms.Form):
    """What each column gives, one select a column, and how to read the file."""

    profile = forms.ChoiceField(
        label=_("Qui sont les personnes de ce fichier\u202f?"),
        help_text=_("Pour les lignes qui ne donnent pas de profil."),
        choices=[(profile.value, profile.label) for profile in BROUGHT],
    )
    close_missing = forms.BooleanField(
        label=_("Fermer les accès de ceux qu’un fichier avait apportés et que celui-ci ne nomme plus"),
        help_text=_("L’aperçu montre lesquels. Au-delà du seuil, une raison vous sera demandée."),
        required=False,
    )

    def __init__(self, columns: list[Column], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        choices = field_choices()
        for column in columns:
            label = _("Ce que donne la colonne «\u00a0%(name)s\u00a0»") % {"name": column.header}
            self.fields[f"c{column.index}"] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=False,
                initial=column.field,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def lines(self) -> list[tuple[Column, forms.BoundField]]:
        """Each column with its select."""
        return [(column, self[f"c{column.index}"]) for column in self.columns]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for problem in problems_of({c.index: cleaned.get(f"c{c.index}", "") for c in self.columns}):
            self.add_error(None, str(problem))
        return cleaned

    def chosen(self) -> dict[str, str]:
        """The field of each column, by its name in lower case."""
        return {column.header.casefold(): self.cleaned_data[f"c{column.index}"] for column in self.columns}
