"""Sign-ins a second: by ÉduConnect (SAML), by the académie (OpenID Connect), by a password; 120 schools' accounts.

Each federated sign-in is whole: leave, the provider's signed answer, the arrival, the session open. The provider runs
on the same cores, and signs each answer (2048 bits): what is printed is the least that the service does. The people
come back to a browser that knows them, as on any morning.
Prints the most a second, then p50 and p95 at 33 a second, the goal; then the time of finding an account by its
external identifier with few accounts and with many. Asserts nothing. Run by `make bench`; ENT_BENCH_SCHOOLS="4".
"""

import base64
import html
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from pages import PROJECT, Service, _named

from config import own_postgresql
from ent.demo.sandbox import saml
from ent.demo.sandbox.keys import keys_in
from ent.demo.sandbox.people import read_people
from ent.demo.sandbox.server import OIDC_FACE

SECONDS = 10.0
CLIENTS = 8
GOAL = 33
PASSWORD = "Loire-1519!"
HASH = "import django; django.setup(); from django.contrib.auth.hashers import make_password; print(make_password(%r))"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Browser:
    """One new browser: its cookies, no redirect followed."""

    def __init__(self, service: Service) -> None:
        self.base = f"http://localhost:{service.port}"
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.cookies))

    def sign_out(self) -> None:
        """Forget the session; the browser is still one that is known."""
        self.cookies._cookies.get("localhost.local", {}).get("/", {}).pop("ent_session", None)  # type: ignore[attr-defined]

    def ask(self, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        data = urlencode(form).encode() if form else None
        headers = {"Referer": self.base + "/", "Origin": self.base} if form and url.startswith("/") else {}
        request = urllib.request.Request(self.base + url if url.startswith("/") else url, data, headers)
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as problem:
            answer = problem
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()


def by_saml(service: Service, folder: Path) -> Callable[[], bool]:
    keys = keys_in(folder)
    with psycopg.connect(_named(service.owner, service.database)) as db:
        rows = db.execute(
            "SELECT x.value FROM directory_externalid x JOIN directory_person p ON p.id = x.person_id"
            " WHERE x.system = 'aaf_responsable' AND p.account_id IS NOT NULL ORDER BY x.value LIMIT 60"
        ).fetchall()
    numbers = cycle([value for (value,) in rows])
    base = metadata = ""
    _status, place, _text = Browser(service).ask("/connexion/externe/educonnect/")
    base = place.partition("/sso?")[0]
    _status, _place, metadata = Browser(service).ask("/connexion/externe/educonnect/metadonnees.xml")
    known = saml.read_service(metadata.encode())
    browsers = {value: Browser(service) for (value,) in rows}

    def enter() -> bool:
        number = next(numbers)
        browser = browsers[number]
        browser.sign_out()
        _status, place, _text = browser.ask("/connexion/externe/educonnect/")
        query = urlsplit(place).query
        saying = saml.Saying(
            issuer=f"{base}/metadata",
            audience=known.entity_id,
            recipient=known.answer_url,
            in_response_to=saml.read_question(saml.read_redirect(query, "SAMLRequest")).id,
            attributes={"FrEduCtRefId": (f"{{AAF}}18|x|{number}",), "FrEduCtId": (number.zfill(96),)},
        )
        xml = saml.sign(saml.response(saying), keys)
        form = {
            "SAMLResponse": base64.b64encode(xml.encode()).decode(),
            "RelayState": dict(parse_qsl(query))["RelayState"],
        }
        _status, place, _text = browser.ask("/connexion/externe/educonnect/retour/", form)
        status, place, _text = browser.ask(place)
        return status == 303 and "aucun-compte" not in place

    return enter


def by_oidc(service: Service, folder: Path) -> Callable[[], bool]:
    people = cycle([one for one in read_people(folder) if one.face == OIDC_FACE and one.references])

    browsers: dict[str, list[Browser]] = {}

    def enter() -> bool:
        key = next(people).key
        # Two sign-ins of one person at once are in two browsers.
        browser = browsers.setdefault(key, []).pop() if browsers.get(key) else Browser(service)
        browser.sign_out()
        _status, place, _text = browser.ask(f"/connexion/externe/{OIDC_FACE}/")
        form = {"query": urlsplit(place).query, "person": key}
        _status, place, _text = browser.ask(place.partition("?")[0], form)
        _status, place, _text = browser.ask(place)
        status, place, _text = browser.ask(place)
        browsers.setdefault(key, []).append(browser)
        return status == 303 and "aucun-compte" not in place

    return enter


def by_password(service: Service, folder: Path) -> Callable[[], bool]:
    env = service.env | {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}
    made = subprocess.run(
        [sys.executable, "-c", HASH % PASSWORD], cwd=PROJECT, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()
    with psycopg.connect(_named(service.owner, service.database)) as db:
        rows = db.execute(
            "UPDATE accounts_account SET password = %s, must_change_password = false, activated_at = now() WHERE id IN"
            " (SELECT account_id FROM directory_person p JOIN directory_externalid x ON x.person_id = p.id"
            " WHERE x.system = 'aaf_eleve' AND account_id IS NOT NULL ORDER BY 1 LIMIT 500) RETURNING identifier",
            [made],
        ).fetchall()
    identifiers = cycle([identifier for (identifier,) in rows])

    def enter() -> bool:
        browser = Browser(service)
        _status, _place, text = browser.ask("/connexion/?avec=identifiant")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert token
        form = {
            "csrfmiddlewaretoken": html.unescape(token[1]),
            "identifier": next(identifiers),
            "password": PASSWORD,
        }
        return browser.ask("/connexion/", form)[0] == 303

    return enter


def most(enter: Callable[[], bool]) -> tuple[float, int]:
    """How many a second eight browsers do, one after the other; and failures."""
    until, lock = time.perf_counter() + SECONDS, threading.Lock()
    done = {True: 0, False: 0}

    def work() -> None:
        while time.perf_counter() < until:
            right = enter()
            with lock:
                done[right] += 1

    start = time.perf_counter()
    _together(work, CLIENTS)
    return done[True] / (time.perf_counter() - start), done[False]


def at_goal(enter: Callable[[], bool]) -> list[float]:
    """Milliseconds of each of 33 sign-ins a second, begun on time whether those before are over or not."""
    times: list[float] = []
    start = time.perf_counter()
    threads = []

    def one(due: float) -> None:
        enter()
        times.append((time.perf_counter() - due) * 1000)

    for number in range(int(GOAL * SECONDS)):
        due = start + number / GOAL
        time.sleep(max(0.0, due - time.perf_counter()))
        thread = threading.Thread(target=one, args=(due,))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return times


def _together(work: Callable[[], None], number: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lookup(service: Service) -> tuple[int, float]:
    """How many accounts there are, and the microseconds in which PostgreSQL finds one by its external identifier."""
    with psycopg.connect(_named(service.owner, service.database)) as db:
        (accounts,) = db.execute("SELECT count(*) FROM accounts_account").fetchone() or (0,)
        found = []
        for number in range(300):
            plan = db.execute(
                "EXPLAIN (ANALYZE, FORMAT JSON) SELECT person_id FROM directory_externalid"
                " WHERE system = 'aaf_responsable' AND issuer = '18' AND value = %s",
                [str(4_000_000 + number * 7)],
            ).fetchone()
            assert plan
            found.append(plan[0][0]["Execution Time"] * 1000)
    return accounts, statistics.median(found)


def sizes() -> Iterator[int]:
    asked = os.environ.get("ENT_BENCH_SCHOOLS", "4 120").split()
    yield from (int(one) for one in asked)


def main() -> None:
    own_postgresql.provide()
    for schools in sizes():
        with tempfile.TemporaryDirectory(prefix="ent-bench-") as place:
            service = Service(schools, Path(place))
            try:
                measure(service, schools)
            finally:
                service.close()


def measure(service: Service, schools: int) -> None:
    folder = Path(service.env["ENT_VAR"], "sandbox")
    accounts, found = lookup(service)
    print(f"{schools} schools, {accounts} accounts; found by external identifier in {found:.0f} µs")
    for title, way in (("SAML", by_saml), ("OpenID Connect", by_oidc), ("password (Argon2id)", by_password)):
        enter = way(service, folder)
        for _ in range(65):
            enter()
        rate, failures = most(enter)
        times = sorted(at_goal(enter)) if way is not by_password else []
        told = ""
        if times:
            told = f"   at {GOAL}/s: p50 {statistics.median(times):.0f} ms, p95 {times[int(0.95 * len(times))]:.0f} ms"
        print(f"  {title:22} {rate:6.1f} sign-ins/s   {failures} failures{told}", flush=True)


if __name__ == "__main__":
    print(json.dumps({"seconds": SECONDS, "clients": CLIENTS, "cores": os.cpu_count()}))
    main()
