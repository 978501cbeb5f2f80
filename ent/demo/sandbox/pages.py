"""The few pages of the sandbox. They look like no real service, and say so."""

from collections.abc import Iterable, Mapping
from html import escape

from ent.demo.sandbox.people import SandboxPerson

STYLE = """
:root { color-scheme: light dark; --ground: #f6f1e6; --card: #fff; --ink: #23303a; --line: #c9bfa9; --mark: #6b4fa0; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #171b20; --card: #22282f; --ink: #ece7db; --line: #46505a; --mark: #c7b3ee; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.band { background: var(--mark); color: var(--ground); padding: .5rem 1rem; font-weight: 600; text-align: center; }
h1 { font-size: 1.5rem; line-height: 1.25; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
button { width: 100%; min-height: 3.25rem; padding: .5rem .875rem; text-align: left; font: inherit; cursor: pointer;
  color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
button:hover, button:focus-visible { border-color: var(--mark); outline: 2px solid var(--mark); outline-offset: 1px; }
small { display: block; opacity: .8; }
details { margin-top: 1.5rem; } summary { cursor: pointer; padding: .5rem 0; } details ul { margin-top: .5rem; }
a { color: inherit; }
"""
SUBMIT = "document.querySelector('form[data-now]')?.submit();"
SITUATIONS = {
    "annuler": "La personne annule",
    "vieux": "La réponse arrive une heure trop tard",
    "autre-cle": "La réponse est signée par une autre clé",
}


def page(title: str, body: str, *, face: str) -> str:
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)} · {escape(face)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/style.css"><script src="/submit.js" defer></script></head><body>'
        f'<p class="band">Bac à sable\u00a0: ce n’est pas le vrai service {escape(face)}</p>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def choose(people: Iterable[SandboxPerson], action: str, kept: Mapping[str, str], *, face: str) -> str:
    """Who enters, in one click; then what may go wrong."""
    hidden = fields(kept)
    rows = "".join(
        f'<li><form method="post" action="{escape(action)}">{hidden}<button name="person" value="{escape(one.key)}">'
        f"<b>{escape(one.first_name)} {escape(one.last_name)}</b><small>{escape(one.label)}</small>"
        "</button></form></li>"
        for one in people
    )
    cases = "".join(
        f'<li><form method="post" action="{escape(action)}">{hidden}<button name="situation" value="{name}">{label}'
        "</button></form></li>"
        for name, label in SITUATIONS.items()
    )
    body = f"<ul>{rows}</ul><details><summary>Situations difficiles</summary><ul>{cases}</ul></details>"
    return page("Entrer comme…", body, face=face)


def post_back(url: str, told: Mapping[str, str], *, face: str) -> str:
    """A form that goes back to the service: by itself, or by its button where scripts are off."""
    form = f'<form method="post" action="{escape(url)}" data-now>{fields(told)}<button>Continuer</button></form>'
    return page("Retour au service", form, face=face)


def fields(told: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in told.items()
    )
