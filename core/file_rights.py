"""Who else on this machine may read: nobody, neither what is written nor what was before."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from core.problems import Problem, marked, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE_MASK = 0o077
OTHERS = 0o077
KEYS = ("secret_key", "encryption_key")
DATABASE = "alveole.db"
FILES = "files"
BESIDE_SQLITE = ("", "-wal", "-shm", "-journal")


def keep_private() -> None:
    """Give everything that this process writes to its own user alone, whatever it was told."""
    os.umask(PRIVATE_MASK)


def tighten(folder: Path, database: Path | None) -> list[Problem]:
    """Take from others what an earlier start let them read: our folder, and what we put there."""
    try:
        if folder.exists():
            mode = folder.stat().st_mode
            if mode & stat.S_ISVTX or folder == Path(folder.anchor):
                words = marked("%(folder)s is shared by everybody: name a folder of its own.")
                return [Problem("data_dir", words, {"folder": folder})]
            for path in _ours(folder, database):
                _close(path)
    except PermissionError as error:
        words = marked("%(path)s belongs to another user, so its rights cannot be put right.")
        return [Problem("data_dir", words, {"path": error.filename or folder})]
    return []


def _ours(folder: Path, database: Path | None) -> Iterator[Path]:
    yield folder
    for name in (*KEYS, *(DATABASE + end for end in BESIDE_SQLITE)):
        yield folder / name
    if database is not None:
        for end in BESIDE_SQLITE:
            yield database.with_name(database.name + end)
    for parent, folders, files in os.walk(folder / FILES):
        yield Path(parent)
        for name in (*folders, *files):
            yield Path(parent) / name


def _close(path: Path) -> None:
    try:
        status = path.lstat()
        if status.st_mode & OTHERS and not stat.S_ISLNK(status.st_mode):
            path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)
    except FileNotFoundError:
        pass  # a server at work removes what it no longer needs


def is_readable_by_others(path: Path) -> bool:
    """Say whether somebody else can read a secret: as PostgreSQL judges the keys of its server.

    A file of root's may be read by its group, so that a service without its rights can have it.
    """
    status = path.stat()
    allowed = 0o640 if status.st_uid == 0 else 0o600
    return bool(stat.S_IMODE(status.st_mode) & ~allowed & 0o077)


def folder_problem(folder: Path) -> Problem | None:
    """Make the data folder, and say so if nothing can be written there."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(descriptor)
        probe.unlink()
    except OSError as error:
        words = marked("nothing can be written in %(folder)s (%(reason)s).")
        values = {"folder": folder, "reason": reason_of(error)}
        return Problem("data_dir", words, values)
    return None
