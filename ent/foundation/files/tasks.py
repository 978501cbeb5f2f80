"""What is done to files away from the page: the antivirus, and the nightly upkeep."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.crypto import CannotOpen
from ent.core.jobs import Backoff, job
from ent.foundation.files import actions
from ent.foundation.files.enums import ScanState
from ent.foundation.files.models import File
from ent.foundation.files.queries import antivirus, open_file
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

log = logging.getLogger("ent.files")


@job(name="files.scan_file", retry=Backoff(times=4))
def scan_file(file_id: int) -> None:
    """Have one file examined; the job is tried again while the antivirus is unreachable."""
    with scope.use(scope.EVERYTHING):
        file = File.objects.filter(pk=file_id).first()
    if file is None or not settings.CLAMD_ADDRESS:
        return
    try:
        answer = antivirus.scan(open_file(file))  # outside any transaction: it may take a minute
    except CannotOpen as error:
        answer = antivirus.Answer(ScanState.FAILED, str(error))
    with scope.use(scope.EVERYTHING):
        actions.note_scan(file, answer.state, answer.words, by=SYSTEM)


@job(name="files.scan_waiting", every="*/10 * * * *")
def scan_waiting() -> None:
    """Examine what waits, what failed today, and what came before there was an antivirus; at most 200 at a time."""
    if not settings.CLAMD_ADDRESS:
        return
    today = timezone.now() - timedelta(days=1)
    due = Q(scan__in=[ScanState.WAITING, ScanState.OFF]) | Q(scan=ScanState.FAILED, created_at__gt=today)
    with scope.use(scope.EVERYTHING):
        ids = list(File.objects.filter(due).order_by("pk").values_list("pk", flat=True)[:200])
    try:
        for file_id in ids:
            scan_file(file_id)
    except antivirus.Unreachable as error:
        log.warning("the antivirus does not answer: %s", error)


@job(name="files.review_space", retry=Backoff())
def review_space(school_id: int) -> None:
    """Compare what a school's files take with its quota, after an act that may have crossed the line."""
    with scope.use(scope.EVERYTHING):
        actions.note_space(School.objects.get(pk=school_id), by=SYSTEM)


@job(name="files.tidy_up", every="20 2 * * *")
def tidy_up() -> None:
    """Remove the files whose time has passed, and the contents left by transactions rolled back."""
    removed = 1
    while removed:
        with scope.use(scope.EVERYTHING):
            removed = actions.remove_expired(by=SYSTEM)
    with scope.use(scope.EVERYTHING):
        actions.remove_strays(by=SYSTEM)
