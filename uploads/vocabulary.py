"""The words of files."""

from __future__ import annotations

from enum import StrEnum


class FileState(StrEnum):
    """What is known of a file's content."""

    CLEAN = "clean"
    DELETED = "deleted"
