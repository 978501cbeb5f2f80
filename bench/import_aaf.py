"""The AAF import of the 120-school region: complete, the same again, a 1 % delta, and the complete with its preview.

Prints persons a second, the seconds, the peak memory of the importing processes together (what they share counted for
each), and the ratio to a bare parse of the same files in the same run (lxml, each entry and each of its values
reached, nothing else). Asserts nothing.
Run by `make bench`; ENT_BENCH_SCHOOLS="4" measures the small region only.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from lxml import etree

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from config import own_postgresql  # noqa: E402
from ent.demo.aaf import Manifest, write_complete, write_delta  # noqa: E402

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
REQUESTS = ("addRequest", "modifyRequest", "deleteRequest")


def main() -> None:
    own_postgresql.provide()
    schools = int(os.environ.get("ENT_BENCH_SCHOOLS", "120").split()[-1])
    with tempfile.TemporaryDirectory(prefix="ent-bench-") as folder:
        files = {name: Path(folder, name) for name in ("complete", "delta", "again")}
        manifest = write_complete(files["complete"], schools=schools, day=MONDAY)
        delta = write_delta(files["delta"], schools=schools, day=TUESDAY)
        write_complete(files["again"], schools=schools, day=WEDNESDAY)
        size = sum(path.stat().st_size for path in manifest.files) / 2**20
        bare = parse(manifest.files)
        print(f"{schools} schools, {manifest.people} people, {size:.0f} MiB; bare parse {bare:.1f} s")
        measure_in(folder, files, manifest, delta, bare)


def measure_in(folder: str, files: dict[str, Path], manifest: Manifest, delta: Manifest, bare: float) -> None:
    name = f"ent_bench_import_{os.getpid()}"
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        env = {
            **os.environ,
            "ENT_MODE": "development",
            "ENT_LOG_LEVEL": "WARNING",
            "ENT_VAR": folder,
            "DATABASE_URL": named(os.environ["DATABASE_URL"], name),
            "DATABASE_OWNER_URL": named(owner, name),
        }
        env.pop("ENT_POSTGRES_HOME", None)
        ent(env, "migrate", "--quiet")
        for title, path, people, options in (
            ("complete", files["complete"], manifest.people, ["--yes"]),
            ("same files again", files["complete"], manifest.people, ["--yes"]),
            ("delta of 1 %", files["delta"], delta.people, ["--yes"]),
            ("complete two days later, previewed", files["again"], manifest.people, ["--preview"]),
        ):
            show(title, people, bare, *ent(env, "import", "aaf", str(path), "--json", *options))
    finally:
        with psycopg.connect(owner, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name}")


def ent(env: dict[str, str], *words: str) -> tuple[float, float, bytes]:
    """Run the command: its seconds, its peak memory in MiB, what it prints."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "ent", *words], cwd=PROJECT, env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with ThreadPoolExecutor(1) as reader:
        output = reader.submit(process.stdout.read)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(0.1)
    if process.returncode not in (0, 3):
        raise SystemExit(f"ent {' '.join(words)} failed")
    return time.perf_counter() - start, peak, output.result()


def memory_of(pid: int) -> float:
    """MiB that a process and those it has started hold; nothing once it is over."""
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(memory_of(int(child)) for child in children)
    return 0.0


def show(title: str, people: int, bare: float, seconds: float, memory: float, output: bytes) -> None:
    counts = json.loads(output)["counts"]
    done = {
        key: sum(counts[entity][key] for entity in ("eleves", "responsables", "personnels"))
        for key in ("created", "changed", "closed", "reopened", "unchanged")
    }
    told = ", ".join(f"{number} {key}" for key, number in done.items() if number)
    print(
        f"{title:36} {seconds:7.1f} s {people / seconds:8.0f} persons/s {memory:6.0f} MiB"
        f" {seconds / bare:6.1f} x bare parse   {told}",
        flush=True,
    )


def parse(paths: Iterable[Path]) -> float:
    """Seconds to reach every value of the files with nothing else to do."""
    start = time.perf_counter()
    for path in paths:
        for _event, request in etree.iterparse(str(path), events=("end",), tag=REQUESTS):
            for value in request.iter("value"):
                value.text  # noqa: B018 — reading it is the measure
            request.clear()
            while request.getprevious() is not None:
                del request.getparent()[0]
    return time.perf_counter() - start


def named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


if __name__ == "__main__":
    main()
