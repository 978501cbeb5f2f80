"""Home page and directory search at 1, 8 and 32 clients, with 4 schools and with 120.

Prints requests a second, p50/p95/p99, CPU a request of the web processes, and the ratios that matter; asserts nothing.
Run by `make bench`; ENT_BENCH_SCHOOLS="4" measures the small region only.
"""

import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from config import own_postgresql  # noqa: E402

CLIENTS = (1, 8, 32)
SECONDS = 6.0
MOST_REQUESTS = 20_000
PEOPLE = ("ines-moreau", "claire-moreau", "helene-fabre", "julien-lemaire")
# A stranger's legal page asks PostgreSQL one thing: it is what this server does at best.
PAGES = {"one-query page": "/mentions-legales/", "home": "/", "search": "/recherche/?q=mor"}
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Result:
    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    failures: int


class Service:
    """`ent serve` on a database of its own, filled with the demonstration."""

    def __init__(self, schools: int, folder: Path) -> None:
        name = f"ent_bench_{schools}_{os.getpid()}"
        self.database = name
        self.owner = os.environ["DATABASE_OWNER_URL"]
        with psycopg.connect(self.owner, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.env = {
            **os.environ,
            "ENT_MODE": "development",
            "ENT_LOG_LEVEL": "WARNING",
            "ENT_VAR": str(folder / str(schools)),
            "DATABASE_URL": _named(os.environ["DATABASE_URL"], name),
            "DATABASE_OWNER_URL": _named(self.owner, name),
            "PORT": str(self.port),
        }
        self.env.pop("ENT_POSTGRES_HOME", None)
        for words in (["migrate"], ["demo", "--schools", str(schools)]):
            subprocess.run(
                [sys.executable, "-m", "ent", *words], cwd=PROJECT, env=self.env, check=True, stdout=subprocess.DEVNULL
            )
        # What autovacuum would do during the measure, after so many new rows.
        with psycopg.connect(_named(self.owner, name), autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ent", "serve", "--port", str(self.port)],
            cwd=PROJECT,
            env=self.env,
            stdout=subprocess.DEVNULL,
        )
        self._ready()

    def _ready(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5)
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the service did not become ready")

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        with psycopg.connect(self.owner, autocommit=True) as server:
            server.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    def cookie(self, key: str) -> str:
        """Sign in as a demonstration person; the session's cookie."""
        client = http.client.HTTPConnection("127.0.0.1", self.port)
        client.request("GET", "/connexion/")
        page = client.getresponse()
        html = page.read().decode()
        csrf_cookie = re.search(r"csrftoken=([^;]+)", " ".join(page.headers.get_all("Set-Cookie", [])))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        if not csrf_cookie or not token:
            raise SystemExit("no sign-in form")
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "personne": key})
        headers = {"Cookie": f"csrftoken={csrf_cookie[1]}", "Content-Type": "application/x-www-form-urlencoded"}
        client.request("POST", "/connexion/demonstration/", body, headers)
        answer = client.getresponse()
        answer.read()
        session = re.search(r"ent_session=([^;]+)", " ".join(answer.headers.get_all("Set-Cookie", [])))
        if not session:
            raise SystemExit(f"could not sign in as {key}: {answer.status}")
        return f"ent_session={session[1]}"

    def web_cpu(self) -> float:
        """CPU seconds used so far by the web processes."""
        return sum(_cpu(pid) for pid in _tree(self.process.pid) if "granian" in _command(pid))

    def memory(self) -> float:
        """Resident MiB of web and worker together, shared pages counted once (PSS)."""
        return sum(_pss(pid) for pid in _tree(self.process.pid)) / 1024


def _named(url: str, name: str) -> str:
    return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _pss(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return float(found[1]) if found else 0.0


def _tree(root: int) -> Iterator[int]:
    yield root
    for task in Path(f"/proc/{root}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def load(service: Service, path: str, cookies: list[str], clients: int) -> Result:
    """Ask for `path` from `clients` kept-alive connections during SECONDS, and no more than MOST_REQUESTS."""
    times: list[float] = []
    failures: list[int] = []
    until = time.perf_counter() + SECONDS
    before = service.web_cpu()

    def ask(number: int) -> None:
        client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        headers = {"Cookie": cookies[number % len(cookies)], "Accept-Encoding": "gzip"}
        while (start := time.perf_counter()) < until and len(times) < MOST_REQUESTS:
            client.request("GET", path, headers=headers)
            answer = client.getresponse()
            answer.read()
            times.append(time.perf_counter() - start)
            if answer.status != 200:
                failures.append(answer.status)

    start = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    cuts = statistics.quantiles(times, n=100)
    cpu = (service.web_cpu() - before) / len(times)
    return Result(len(times) / took, cuts[49] * 1e3, cuts[94] * 1e3, cuts[98] * 1e3, cpu * 1e3, len(failures))


@contextmanager
def served(schools: int, folder: Path) -> Iterator[Service]:
    service = Service(schools, folder)
    try:
        yield service
    finally:
        service.close()


def main() -> None:
    own_postgresql.provide("bench-postgres")
    results: dict[tuple[int, str, int], Result] = {}
    sizes = [int(n) for n in os.environ.get("ENT_BENCH_SCHOOLS", "4 120").split()]
    print(f"{'schools':>7} {'page':>15} {'clients':>7} {'req/s':>7} {'p50':>7} {'p95':>7} {'p99':>7} {'cpu ms':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for schools in sizes:
            with served(schools, Path(folder)) as service:
                signed_in = [service.cookie(key) for key in PEOPLE]
                for page, path in PAGES.items():
                    cookies = [""] if page == "one-query page" else signed_in
                    load(service, path, cookies, 4)  # warm
                    for clients in CLIENTS:
                        r = results[schools, page, clients] = load(service, path, cookies, clients)
                        print(
                            f"{schools:>7} {page:>15} {clients:>7} {r.rate:>7.0f} {r.p50:>7.1f} {r.p95:>7.1f}"
                            f" {r.p99:>7.1f} {r.cpu:>7.2f}" + (f"  {r.failures} failures" if r.failures else "")
                        )
                print(f"{schools:>7} schools: web and worker hold {service.memory():.0f} MiB")
    own_postgresql.leave()
    for schools in sizes:
        share = results[schools, "home", 8].rate / results[schools, "one-query page", 8].rate
        print(f"home page at {share:.0%} of the one-query page's throughput ({schools} schools, 8 clients)")
    if len(sizes) == 2:
        for page in ("home", "search"):
            for clients in CLIENTS:
                growth = results[sizes[1], page, clients].p95 / results[sizes[0], page, clients].p95
                print(f"p95 of {page} from {sizes[0]} to {sizes[1]} schools at {clients} clients: × {growth:.2f}")


if __name__ == "__main__":
    main()
