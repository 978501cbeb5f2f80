"""Addresses of the directory, in three namespaces: its pages, its administration, its imports."""

from django.urls import URLPattern, URLResolver, path

from ent.directory.views import imports as imports_pages
from ent.directory.views import people, schools, structures
from ent.directory.views.administration import accounts, delegations, journal, region, settings, spaces, years

directory: list[URLPattern | URLResolver] = [
    path("annuaire/", people.people, name="people"),
    path("annuaire/<int:pk>/", people.person, name="person"),
    path("classes/", structures.divisions, name="divisions"),
    path("classes/<int:pk>/", structures.division, name="division"),
    path("classes/<int:pk>/liste.csv", structures.division_file, name="division_file"),
    path("groupes/<int:pk>/", structures.group, name="group"),
    path("groupes/<int:pk>/liste.csv", structures.group_file, name="group_file"),
    path("etablissement/", schools.school, name="school"),
    path("etablissements/<int:pk>/", schools.school_card, name="school_card"),
]

administration: list[URLPattern | URLResolver] = [
    path("comptes/", accounts.accounts, name="accounts"),
    path("comptes/ajouter/", accounts.account_add, name="account_add"),
    path("comptes/<int:pk>/", accounts.account, name="account"),
    path("comptes/<int:pk>/bloquer/", accounts.account_lock, name="account_lock"),
    path("comptes/<int:pk>/rouvrir/", accounts.account_unlock, name="account_unlock"),
    path("comptes/<int:pk>/reinitialiser/", accounts.account_reset, name="account_reset"),
    path("comptes/<int:pk>/fiche/", accounts.account_sheet, name="account_sheet"),
    path("comptes/<int:pk>/courriel/", accounts.account_email, name="account_email"),
    path("comptes/<int:pk>/profils/ouvrir/", accounts.account_membership, name="account_membership"),
    path("comptes/profils/<int:pk>/fermer/", accounts.account_membership_close, name="account_membership_close"),
    path("delegations/", delegations.delegations, name="delegations"),
    path("delegations/donner/", delegations.delegation_give, name="delegation_give"),
    path("delegations/<int:pk>/terminer/", delegations.delegation_end, name="delegation_end"),
    path("delegations/equipe-regionale/ajouter/", delegations.delegation_officer, name="delegation_officer"),
    path("delegations/equipe-regionale/<int:pk>/fiche/", delegations.delegation_sheet, name="delegation_sheet"),
    path("etablissements/", region.schools, name="schools"),
    path("etablissements/<int:pk>/acces/", region.school_visit, name="school_visit"),
    path("etablissements/acces/<int:pk>/terminer/", region.school_visit_end, name="school_visit_end"),
    path("etablissements/espace/", spaces.school_spaces, name="school_spaces"),
    path("etablissements/<int:pk>/espace/", spaces.school_space, name="school_space"),
    path("etablissements/calendrier/", region.school_calendar, name="school_calendar"),
    path("etablissements/calendrier/ajouter/", region.school_calendar_add, name="school_calendar_add"),
    path("etablissements/calendrier/<int:pk>/", region.school_calendar_edit, name="school_calendar_edit"),
    path("etablissements/calendrier/<int:pk>/retirer/", region.school_calendar_remove, name="school_calendar_remove"),
    path("etablissements/annees/", region.school_years, name="school_years"),
    path("etablissements/annees/tourner/", region.school_years_turn, name="school_years_turn"),
    path("reglages/", settings.settings, name="settings"),
    path("reglages/logo/retirer/", settings.setting_logo_remove, name="setting_logo_remove"),
    path("reglages/periodes/", settings.setting_terms, name="setting_terms"),
    path("reglages/periodes/annees/<int:pk>/ajouter/", settings.setting_term_add, name="setting_term_add"),
    path("reglages/periodes/<int:pk>/", settings.setting_term, name="setting_term"),
    path("reglages/periodes/<int:pk>/supprimer/", settings.setting_term_remove, name="setting_term_remove"),
    path("reglages/acces/", settings.setting_access, name="setting_access"),
    path("reglages/espace/", settings.setting_space, name="setting_space"),
    path("reglages/calendrier/", settings.setting_days, name="setting_days"),
    path("reglages/calendrier/ajouter/", settings.setting_day_add, name="setting_day_add"),
    path("reglages/calendrier/<int:pk>/", settings.setting_day, name="setting_day"),
    path("reglages/calendrier/<int:pk>/supprimer/", settings.setting_day_remove, name="setting_day_remove"),
    path("annee/", years.year, name="year"),
    path("annee/preparer/", years.year_prepare, name="year_prepare"),
    path("annee/ouvrir/", years.year_open, name="year_open"),
    path("journal/", journal.journal, name="journal"),
    path("journal.csv", journal.journal_csv, name="journal_csv"),
]

imports: list[URLPattern | URLResolver] = [
    path("", imports_pages.runs, name="runs"),
    path("annuaire-academique/", imports_pages.new_aaf, name="new_aaf"),
    path("csv/", imports_pages.new_csv, name="new_csv"),
    path("<int:pk>/", imports_pages.run, name="run"),
    path("<int:pk>/colonnes/", imports_pages.run_columns, name="run_columns"),
    path("<int:pk>/avancement/", imports_pages.run_progress, name="run_progress"),
    path("<int:pk>/decision/", imports_pages.run_decision, name="run_decision"),
    path("<int:pk>/compte-rendu.csv", imports_pages.run_report, name="run_report"),
]
