"""Who gets what at which address: one line for each method of each address, one status for each of the cast.

A line reads `METHOD namespace:name target, …`; each target is a person, a class, a group, a school or a thing of the
cast, one for each part of the address that varies. `signed_in(200)` says what everyone signed in gets, then who gets
something else; a stranger is sent to the sign-in page (303) unless the line says otherwise.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.cast import MEMBERS


@dataclass(frozen=True)
class Line:
    """`statuses` by member of the cast; `body` is what a POST sends."""

    statuses: dict[str, int]
    body: dict[str, Any] = field(default_factory=dict)


def everyone(status: int, body: dict[str, Any] | None = None, **others: int) -> Line:
    assert others.keys() <= set(MEMBERS), others
    return Line(dict.fromkeys(MEMBERS, status) | others, body or {})


def signed_in(status: int, body: dict[str, Any] | None = None, **others: int) -> Line:
    return everyone(status, body, **({"stranger": 303} | others))


def staff(status: int, **others: int) -> Line:
    """The staff of a school; the region has none."""
    return signed_in(status, **({"region_officer": 403} | others))


def of_lycee(status: int, **others: int) -> Line:
    """A thing of the lycée: its people and Inès's mother; for anyone else it does not exist."""
    outside = dict.fromkeys(("malo", "karim", "lucas", "m_tessier", "region_officer"), 404)
    return signed_in(status, **(outside | others))


def of_college(status: int, **others: int) -> Line:
    """A thing of the collège: its people and Malo's mother; for anyone else it does not exist."""
    inside = dict.fromkeys(("malo", "claire", "m_tessier"), status)
    return signed_in(404, **(inside | others))


def correspondant(status: int, **others: int) -> Line:
    """The administration of a school: its correspondant ENT alone."""
    return signed_in(403, **({"m_tessier": status} | others))


def region(status: int, body: dict[str, Any] | None = None, **others: int) -> Line:
    """The administration of the region: its team alone."""
    return signed_in(403, body, **({"region_officer": status} | others))


TABLE: dict[str, Line] = {
    # Machines and the end of the road.
    "GET core:healthz": everyone(200),
    "GET core:readyz": everyone(200),
    "GET core:offline": everyone(200),
    "GET core:service_worker": everyone(200),
    "GET core:style_guide": everyone(200),
    # Signing in and out.
    "GET signin:sign_in": everyone(303, stranger=200),
    "POST signin:sign_in": everyone(422, {"identifier": "ines.moreau", "password": "faux"}),
    "GET signin:nothing_open": everyone(200),
    "POST signin:sign_out": everyone(303),
    "GET signin:sessions": signed_in(200),
    "POST signin:stay": signed_in(303),
    "GET signin:change_password": signed_in(200),
    "POST signin:change_password": signed_in(422),
    "POST signin:close_session": signed_in(303),
    # The second factor: one's own, and that of somebody of the collège who has lost theirs.
    "GET secondfactor:challenge": everyone(303),
    "POST secondfactor:challenge": everyone(303),
    "GET secondfactor:key_alone": everyone(200),
    "POST secondfactor:key_alone": everyone(422),
    "GET secondfactor:confirm": signed_in(200),
    "POST secondfactor:confirm": signed_in(422, {"password": "faux"}),
    "GET secondfactor:manage": signed_in(200),
    "GET secondfactor:setup": signed_in(303),
    "POST secondfactor:setup": signed_in(303),
    "GET secondfactor:setup_application": signed_in(303),
    "POST secondfactor:setup_application": signed_in(303),
    "GET secondfactor:setup_key": signed_in(303),
    "POST secondfactor:setup_key": signed_in(303),
    "GET secondfactor:setup_codes": signed_in(303),
    "POST secondfactor:setup_codes": signed_in(303),
    "POST secondfactor:setup_codes_file": signed_in(303),
    "POST secondfactor:renew_codes": signed_in(303),
    "POST secondfactor:forget_devices": signed_in(303),
    "GET secondfactor:factor fabres_factor": signed_in(303),
    "POST secondfactor:factor fabres_factor": signed_in(303),
    "POST secondfactor:remove_factor fabres_factor": signed_in(303),
    "GET secondfactor:reset malo": correspondant(200),
    "POST secondfactor:reset malo": correspondant(422),
    # The first time: the guardian's link, and the follow-up of the collège.
    "GET activation:first_time": everyone(200),
    "POST activation:first_time": everyone(303, {"typed": "claire@ent.example"}),
    "GET activation:sent": everyone(200),
    "GET activation:welcome activation_link": everyone(200),
    "POST activation:welcome activation_link": everyone(422),
    "GET activation:overview": correspondant(200),
    "GET activation:follow_up_file": correspondant(200),
    "POST activation:do": correspondant(303),
    "GET activation:sheets": correspondant(200),
    "POST activation:sheets": correspondant(409),
    "GET activation:latecomers": correspondant(200),
    "POST activation:latecomer_sheet malo": correspondant(404),
    # Openings and suspensions of a school, and the region's maintenance.
    "GET access:closures": correspondant(200),
    "GET access:opening": correspondant(303),
    "POST access:opening": correspondant(303),
    "GET access:suspension": correspondant(303),
    "POST access:suspension": correspondant(303),
    "POST access:reopen college_closure": correspondant(303),
    "GET access:maintenance": region(303),
    "POST access:maintenance": region(303, {"ouvrir": "1"}),
    # One's first steps, and the address by which one comes back in.
    "GET firststeps:steps": signed_in(200),
    "POST firststeps:steps": signed_in(303),
    "GET firststeps:install": signed_in(200),
    "POST firststeps:install": signed_in(303),
    "GET recovery:question": everyone(303),
    "POST recovery:question": everyone(303),
    "GET recovery:questions": signed_in(403, lucas=303),
    "POST recovery:questions": signed_in(403, lucas=303),
    "GET recovery:address": signed_in(303),
    "POST recovery:address": signed_in(303),
    "GET recovery:keep_address address_link": everyone(200),
    "POST recovery:keep_address address_link": everyone(303),
    # A password or an identifier forgotten: the same page for everybody.
    "GET recovery:password": everyone(200),
    "POST recovery:password": everyone(303, {"typed": "ines.moreau"}),
    "GET recovery:identifier": everyone(200),
    "POST recovery:identifier": everyone(303, {"typed": "claire@ent.example"}),
    "GET recovery:sent": everyone(200),
    "GET recovery:help": everyone(200),
    "POST recovery:help": everyone(200, {"identifier": "ines.moreau"}),
    "GET recovery:choose recovery_link": everyone(200),
    "POST recovery:choose recovery_link": everyone(422),
    # Inès's head teacher gives her a new one; nobody else of the lycée.
    "GET recovery:reissue ines": of_lycee(403, mme_fabre=200),
    "POST recovery:reissue ines": of_lycee(403, mme_fabre=303),
    "GET recovery:sheet ines": of_lycee(403, mme_fabre=200),
    # By a provider of identity: everything that comes without its cookie leads back to the beginning.
    "GET signin:toward": everyone(303),
    "GET signin:of_school college_uai": everyone(303, stranger=200),
    "GET federation:leave educonnect": everyone(302),
    "GET federation:answer educonnect": everyone(303, stranger=422),
    "POST federation:answer educonnect": everyone(303, stranger=422),
    "GET federation:arrive": everyone(303),
    "GET federation:choose": everyone(303),
    "POST federation:choose": everyone(303),
    "GET federation:nobody": everyone(303),
    "GET federation:signed_out educonnect": everyone(200),
    "POST federation:signed_out educonnect": everyone(200),
    "POST federation:back_channel educonnect": everyone(404),
    "POST federation:back_channel academie": everyone(400),
    "GET federation:metadata educonnect": everyone(200),
    "GET federation:linked": signed_in(200),
    "POST federation:unlink fabres_identity": signed_in(404, mme_fabre=303),
    "GET contacts:check": signed_in(200),
    "POST contacts:check": signed_in(422),
    # The charter: nothing waits, since none is published.
    "GET charter:accept": signed_in(303),
    "POST charter:accept": signed_in(303),
    "GET charter:accepted": signed_in(200),
    "GET charter:charters": region(200),
    "GET charter:publish pupils_family": region(200),
    "POST charter:publish pupils_family": region(422),
    # Registered by the region, who proves again who they are.
    "GET federation:providers": region(200),
    "GET federation:add": region(200),
    "POST federation:add": region(303),
    "GET federation:provider educonnect": region(200),
    "POST federation:provider educonnect": region(303),
    "POST federation:switch educonnect": region(303),
    "POST federation:refresh educonnect": region(404),
    "POST federation:keys": region(303),
    # Two accounts of one person: asked only of whoever has just proved their own.
    "GET merging:prove": signed_in(303),
    "POST merging:prove": signed_in(303),
    "GET merging:confirm": signed_in(303),
    "POST merging:confirm": signed_in(303),
    # Home and what is around every page.
    "GET portal:home": signed_in(200),
    "POST portal:switch": signed_in(303),
    "GET portal:search": signed_in(200),
    "GET portal:notifications": signed_in(200),
    "POST portal:notifications": signed_in(303),
    "GET portal:account": signed_in(200),
    "POST portal:account": signed_in(303),
    "GET portal:notification_preferences": signed_in(200),
    "POST portal:notification_preferences": signed_in(303),
    "GET portal:more": signed_in(200),
    "GET portal:accessibility": everyone(200),
    "GET portal:privacy": everyone(200),
    "GET portal:legal": everyone(200),
    # The demonstration: nobody of that name.
    "POST demo:sign_in_as": everyone(409, {"personne": "personne"}),
    # The directory: one's own school; families, their children's; the region, no school without a visit.
    "GET directory:people": signed_in(200, region_officer=403),
    "GET directory:person ines": of_lycee(200),
    "GET directory:person mme_fabre": of_lycee(200),
    "GET directory:person claire": of_lycee(200, ines=404, m_tessier=200),
    "GET directory:person malo": everyone(404, malo=200, claire=200, m_tessier=200, stranger=303),
    "GET directory:person lucas": everyone(404, lucas=200, stranger=303),
    "GET directory:divisions": staff(200, ines=403, malo=403, claire=403, karim=403, lucas=403),
    "GET directory:division 2de 4": of_lycee(200),
    "GET directory:division_file 2de 4": of_lycee(200, ines=403, claire=403),
    "GET directory:group 2DE4GR1": of_lycee(200),
    "GET directory:group_file 2DE4GR1": of_lycee(200, ines=403, claire=403),
    "GET directory:school": signed_in(200, region_officer=403),
    "GET directory:school_card lycee": of_lycee(200, region_officer=200),
    # A file that was imported in the collège.
    "GET files:download import_file": signed_in(404, m_tessier=200, malo=403, claire=403),
    # The accounts of the collège.
    "GET administration:accounts": correspondant(200),
    "GET administration:account_add": correspondant(200),
    "POST administration:account_add": correspondant(422),
    "GET administration:account malo": correspondant(200),
    "GET administration:account_lock malo": correspondant(200),
    "POST administration:account_lock malo": correspondant(422),
    "POST administration:account_unlock malo": correspondant(303),
    "POST administration:account_reset malo": correspondant(303),
    "GET administration:account_sheet malo": correspondant(200),
    "GET administration:account_email malo": correspondant(200),
    "POST administration:account_email malo": correspondant(303),
    "GET administration:account_membership malo": correspondant(200),
    "POST administration:account_membership malo": correspondant(422),
    # Malo comes from the académie's files: only these close what they opened.
    "GET administration:account_membership_close malos_membership": correspondant(403),
    "POST administration:account_membership_close malos_membership": correspondant(403),
    # Who administers what: the headship gives it in its school, the region in its team.
    "GET administration:delegations": signed_in(403, mme_dupont=200, m_tessier=200, region_officer=200),
    "GET administration:delegation_give": signed_in(403, mme_dupont=200),
    "POST administration:delegation_give": signed_in(403, mme_dupont=422),
    "POST administration:delegation_end tessiers_delegation": of_college(403),
    "GET administration:delegation_officer": region(200),
    "POST administration:delegation_officer": region(422),
    "GET administration:delegation_sheet region_officer": region(200),
    # The region.
    "GET administration:schools": region(200),
    "GET administration:school_visit college": region(200),
    "POST administration:school_visit college": region(422),
    "POST administration:school_visit_end visit": of_college(403, region_officer=303),
    "GET administration:school_spaces": region(200),
    "GET administration:school_space college": region(200),
    "POST administration:school_space college": region(422),
    "GET administration:school_calendar": region(200),
    "GET administration:school_calendar_add": region(200),
    "POST administration:school_calendar_add": region(422),
    "GET administration:school_calendar_edit holiday": region(200),
    "POST administration:school_calendar_edit holiday": region(422),
    "POST administration:school_calendar_remove holiday": region(303),
    "GET administration:school_years": region(200),
    "POST administration:school_years_turn": region(303),
    # The settings and the years of the collège.
    "GET administration:settings": correspondant(200),
    "POST administration:settings": correspondant(422),
    "POST administration:setting_logo_remove": correspondant(303),
    "GET administration:setting_access": correspondant(200),
    "POST administration:setting_access": correspondant(422),
    "GET administration:setting_space": correspondant(200),
    "GET administration:setting_terms": correspondant(200),
    "GET administration:setting_term_add year": correspondant(200),
    "POST administration:setting_term_add year": correspondant(422),
    "GET administration:setting_term term": correspondant(200),
    "POST administration:setting_term term": correspondant(422),
    "POST administration:setting_term_remove term": correspondant(303),
    "GET administration:setting_days": correspondant(200),
    "GET administration:setting_day_add": correspondant(200),
    "POST administration:setting_day_add": correspondant(422),
    "GET administration:setting_day school_day": correspondant(200),
    "POST administration:setting_day school_day": correspondant(422),
    "POST administration:setting_day_remove school_day": correspondant(303),
    "GET administration:year": correspondant(200),
    "GET administration:year_prepare": correspondant(200),
    "POST administration:year_prepare": correspondant(422),
    # Nothing is prepared yet: there is nothing to open.
    "POST administration:year_open": correspondant(409),
    # The journal: of one's school for its headship and its correspondant, of the region for its team.
    "GET administration:journal": signed_in(403, mme_dupont=200, m_tessier=200, region_officer=200),
    "GET administration:journal_csv": signed_in(403, mme_dupont=200, m_tessier=200, region_officer=200),
    # Imports: the académie's files are the region's, a CSV file is its school's.
    "GET imports:runs": signed_in(403, m_tessier=200, region_officer=200),
    "GET imports:new_aaf": region(200),
    "POST imports:new_aaf": region(422),
    "GET imports:new_csv": correspondant(200),
    "POST imports:new_csv": correspondant(422),
    "GET imports:run region_run": region(200, m_tessier=404),
    "GET imports:run college_run": correspondant(302, region_officer=404),
    "GET imports:run_columns college_run": correspondant(200, region_officer=404),
    "POST imports:run_columns college_run": correspondant(422, region_officer=404),
    "GET imports:run_progress region_run": region(302, m_tessier=404),
    "POST imports:run_decision region_run": region(303, {"choix": "abandonner"}, m_tessier=404),
    "POST imports:run_decision college_run": correspondant(422, region_officer=404),
    "GET imports:run_report region_run": region(200, m_tessier=404),
}
