"""What a school and the region settle for themselves: look, notice, terms, days without lessons."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.models import SchoolSettings
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.files.actions import delete_file, store_file
from ent.foundation.schools.models import CalendarDay, School, SchoolDay, Term


@act("directory.change_settings", _("Réglages de l’établissement modifiés"))
def change_settings(
    settings: SchoolSettings, logo: "UploadedFile[bytes] | None" = None, *, owner: Account | None = None, by: Actor
) -> None:
    """Save the colour and the notice of a school, and `logo`, which `owner` sends, in the place of the one it has.

    Raises `Refused` for an image that cannot be taken, with a sentence; nothing is then saved.
    """
    former = settings.logo
    if logo is not None:
        school: School = settings.school
        settings.logo = store_file(
            logo, name=logo.name or "logo", use="directory.logo", school=school, owner=owner, by=by
        )
    settings.save()
    if logo is not None and former:
        delete_file(former, by=by)
    until = str(settings.notice_until or "")
    details = {"accent": settings.accent, "notice": settings.notice, "notice_until": until, "logo": logo is not None}
    record("directory.change_settings", settings.school, by=by, school_id=settings.school_id, details=details)


@act("directory.change_access_rules", _("Règles d’accès de l’établissement modifiées"))
def change_access_rules(settings: SchoolSettings, *, by: Actor) -> None:
    """Save how long sheets are good for, and how long one's own device stays signed in."""
    settings.save()
    details = {"provisional_days": settings.provisional_days, "stay_days": settings.stay_days}
    record("directory.change_access_rules", settings.school, by=by, school_id=settings.school_id, details=details)


@act("directory.remove_logo", _("Logo de l’établissement retiré"))
def remove_logo(settings: SchoolSettings, *, by: Actor) -> None:
    """The name of the school stays alone. Without a logo, nothing is done."""
    former, settings.logo = settings.logo, None
    if former is None:
        return
    settings.save()
    delete_file(former, by=by)
    record("directory.remove_logo", settings.school, by=by, school_id=settings.school_id)


@act("directory.save_term", _("Période enregistrée"))
def save_term(term: Term, *, by: Actor) -> None:
    """Save a trimester or a semester. Raises `ValidationError` where it meets another."""
    term.full_clean()
    term.save()
    record("directory.save_term", term, by=by, details=_dates(term) | {"year": term.year.label})


@act("directory.remove_term", _("Période supprimée"))
def remove_term(term: Term, *, by: Actor) -> None:
    record("directory.remove_term", term, by=by, details=_dates(term) | {"year": term.year.label})
    term.delete()


@act("directory.save_school_day", _("Jours sans classe de l’établissement enregistrés"))
def save_school_day(day: SchoolDay, *, by: Actor) -> None:
    """Save days without lessons in one school; the same days sent twice are saved once."""
    alike = SchoolDay.objects.filter(school=day.school_id, label=day.label, starts=day.starts, ends=day.ends)
    if day.pk is None and alike.exists():
        return
    day.save()
    record("directory.save_school_day", day, by=by, details=_dates(day))


@act("directory.remove_school_day", _("Jours sans classe de l’établissement supprimés"))
def remove_school_day(day: SchoolDay, *, by: Actor) -> None:
    record("directory.remove_school_day", day, by=by, details=_dates(day))
    day.delete()


@act("directory.save_calendar_day", _("Calendrier de la région modifié"))
def save_calendar_day(day: CalendarDay, *, by: Actor) -> None:
    """Save days without lessons in every school. Raises `ValidationError` for days that are there already."""
    day.full_clean()
    day.save()
    record("directory.save_calendar_day", day, by=by, details=_dates(day))


@act("directory.remove_calendar_day", _("Jours retirés du calendrier de la région"))
def remove_calendar_day(day: CalendarDay, *, by: Actor) -> None:
    record("directory.remove_calendar_day", day, by=by, details=_dates(day))
    day.delete()


def _dates(row: Term | SchoolDay | CalendarDay) -> dict[str, str]:
    return {"starts": str(row.starts), "ends": str(row.ends)}
