"""Once a day: what a crash left behind goes, and what is missing is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog

from core import clock
from core.authorization import System
from core.database import db
from uploads import queries, storage
from uploads.resumable import cancel_upload

log = structlog.get_logger(__name__)

KIND = "files_upkeep"
STALE_PART = timedelta(hours=1)
"""No writing lasts so long."""
ORPHAN = timedelta(days=1)
"""By then every announced removal has had its turn many times."""
SETTLED = timedelta(minutes=10)
"""Rows younger than this are not looked for: the walk may have passed their place already."""
AT_ONCE = 500
FEW = 20
"""Orphans that are never too many."""


@dataclass
class Findings:
    """What the storage and the rows say of each other."""

    files: int = 0
    orphans: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    """Ids of files whose bytes are not there."""

    @property
    def is_doubtful(self) -> bool:
        """Say whether this looks like the wrong database, or the wrong storage.

        Nothing is deleted then: bytes that most rows ignore are more probably somebody's files.
        """
        return len(self.orphans) > max(FEW, self.files // 2)


def reconcile(_message_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, once a day."""
    store, now = storage.current_storage(), clock.now()
    parts = store.delete_parts(now - STALE_PART)
    findings = compare(now)
    if findings.is_doubtful:
        log.error("files_look_foreign", orphans=len(findings.orphans), files=findings.files)
    else:
        for key in findings.orphans:
            store.delete(key)
    if findings.missing:
        log.error("files_missing", count=len(findings.missing), ids=findings.missing[:FEW])
    log.info("files_reconciled", parts=parts, orphans=len(findings.orphans))


def compare(now: datetime) -> Findings:
    """Go through the storage, then through the rows. Nothing is changed."""
    findings = Findings()
    present: set[bytes] = set()
    walk = storage.current_storage().walk()
    while page := list(islice(walk, AT_ONCE)):
        present.update(bytes.fromhex(key) for key, _at in page if len(key) == storage.KEY_LENGTH)
        old = [storage.key_of_owner(key) for key, at in page if at < now - ORPHAN]
        known = queries.list_keys(old)
        findings.orphans += [key for key in dict.fromkeys(old) if key not in known]
        db.session.rollback()  # nothing is held while the storage is asked for more
    last = 0
    while rows := queries.list_files_after(last, now - SETTLED, AT_ONCE):
        findings.files += len(rows)
        findings.missing += [id for id, key in rows if bytes.fromhex(key) not in present]
        last = rows[-1][0]
    db.session.rollback()
    findings.orphans = list(dict.fromkeys(findings.orphans))
    return findings


def erase_unfinished_uploads(before: datetime, most: int) -> int:
    """Give up what was begun before an instant and can be continued no more; say how many."""
    expired = queries.list_expired_uploads(clock.now(), begun_before=before, most=most)
    for upload in expired:
        cancel_upload(System("unfinished uploads"), upload)
    return len(expired)
