"""Approved texts: one file for each subject, one section for each case, compared or written anew.

``APPROVE=1 make test ARGS="FOLDER --numprocesses=0"`` writes what is recorded now; read the diff
of the files before keeping it.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RULE = "══ "


def is_approving() -> bool:
    if not os.environ.get("APPROVE"):
        return False
    assert "PYTEST_XDIST_WORKER" not in os.environ, "one process writes: add -n 0"
    return True


@dataclass(frozen=True)
class Approved:
    """The approved texts of one folder."""

    folder: Path

    def sections_of(self, subject: str) -> dict[str, list[str]]:
        """Return the approved lines of each case of a subject."""
        path, lines = self._path(subject), []
        sections: dict[str, list[str]] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else []:
            if line.startswith(RULE):
                sections[line.removeprefix(RULE)] = lines = []
            else:
                lines.append(line)
        return {case: _without_blank_end(lines) for case, lines in sections.items()}

    def compare(self, subject: str, case: str, lines: list[str]) -> None:
        """Fail with what differs from what is approved, or approve it when asked to."""
        assert not any(line.startswith(RULE) for line in lines)
        sections = self.sections_of(subject)
        if is_approving():
            self._write(subject, sections | {case: lines})
            return
        approved = sections.get(case)
        if approved is None:
            pytest.fail(f"{subject}: nothing is approved for « {case} » (APPROVE=1 writes it)")
        if approved != lines:
            diff = difflib.unified_diff(approved, lines, "approved", "now", lineterm="", n=2)
            pytest.fail("\n".join([f"{subject}, {case}:", *diff]), pytrace=False)

    def keep_only(self, subject: str, cases: set[str]) -> None:
        """Fail for sections that no case fills any more, or drop them when asked to approve."""
        sections = self.sections_of(subject)
        left_over = set(sections) - cases
        if is_approving() and left_over:
            self._write(subject, {case: sections[case] for case in sections if case in cases})
            return
        assert not left_over, f"{subject}: no case writes {sorted(left_over)} any more"

    def _write(self, subject: str, sections: dict[str, list[str]]) -> None:
        self.folder.mkdir(exist_ok=True)
        blocks = ["\n".join([RULE + case, *lines]) for case, lines in sorted(sections.items())]
        self._path(subject).write_text("\n\n".join(blocks) + "\n", "utf-8")

    def _path(self, subject: str) -> Path:
        return self.folder / f"{subject.replace(' ', '-')}.txt"


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines
