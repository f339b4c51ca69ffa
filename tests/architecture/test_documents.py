"""What the pages for hosts and reviewers promise is there, and is said once."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, read

TABLES = "docs/security.md"
LISTS = ["CHANGELOG.md", "docs/operations.md"]
_NAMED = re.compile(r"`((?:tests/[\w/]+\.py)?(?:::\w+)?)`|\(`(\w+)`\)")


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table, headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in {"What", "Must not happen", "Subject"}]


def items(text: str) -> list[str]:
    """Return every item of every list, its lines joined."""
    joined = re.sub(r"\n  +", " ", text)
    return [line for line in joined.splitlines() if line.startswith("- ")]


def named_tests(cell: str) -> list[tuple[str, str]]:
    """Return the files and the functions that a cell names; « ::name » is in the file before."""
    found: list[tuple[str, str]] = []
    file = ""
    for named, rule in _NAMED.findall(cell):
        path, _, function = named.partition("::")
        file = path or file
        found.append(("", rule) if rule else (file, function))
    return found


def missing(file: str, function: str) -> bool:
    """Say whether a test, or a rule of the architecture tests, is not there."""
    ours = sorted((ROOT / "tests/architecture").glob("*.py"))
    places = [ROOT / file] if file else ours
    trees = [ast.parse(path.read_text("utf-8")) for path in places if path.exists()]
    names = {one.name for tree in trees for one in tree.body if isinstance(one, ast.FunctionDef)}
    return function not in names if function else not trees


def twice(said: list[str]) -> list[str]:
    return [one for one, times in Counter(said).items() if times > 1]


def test_every_test_that_the_page_on_security_names_exists():
    held = [row[1] for row in rows(read(TABLES)) if len(row) == 2]
    assert all(named_tests(cell) for cell in held), "a row that no test holds"
    gone = [one for cell in held for one in named_tests(cell) if missing(*one)]
    assert gone == []


@pytest.mark.parametrize(
    ("cell", "is_missing"),
    [
        ("`tests/architecture/test_documents.py::twice`", False),
        ("`tests/architecture/test_documents.py`, `::missing`", False),
        ("`tests/architecture/test_documents.py::renamed`", True),
        ("`tests/architecture/test_code.py`, `::twice`", True),
        ("`tests/architecture/test_gone.py`", True),
        ("`tests/architecture/test_code.py` (`files_stay_short`)", False),
        ("`tests/architecture/test_code.py` (`files_stay_long`)", True),
    ],
)
def test_control_a_test_that_was_renamed_is_found(cell, is_missing):
    assert any(missing(*one) for one in named_tests(cell)) is is_missing


def is_module(path: Path) -> bool:
    """A file, or a folder whose ``__init__.py`` says which of its names the outside uses."""
    return (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")


def section(heading: str) -> str:
    return read("docs/architecture.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "folder"),
    [("Where in core", "core"), ("Where in security", "security/operations")],
)
def test_a_map_names_every_module_once(heading, folder):
    table = section(heading).partition("\n**")[0]
    named = [name for row in rows(table) for name in re.findall(r"`(\w+)`", row[1])]
    there = {path.stem for path in (ROOT / folder).iterdir() if is_module(path)}
    assert twice(named) == []
    assert set(named) == there


def test_every_limit_is_where_the_map_says():
    limits = [row[1] for row in rows(section("Where limits are")) if "`" in row[1]]
    told = [
        (name, cell.rpartition(" in ")[2].strip("`"))
        for cell in limits
        for name in re.findall(r"`([A-Z_]+)`", cell)
    ]
    assert ("MAX_BYTES", "uploads/inspection/files.py") in told
    assert [(name, file) for name, file in told if f"\n{name} = " not in read(file)] == []


def test_nothing_is_said_twice():
    assert twice([row[0] for row in rows(read(TABLES))]) == []
    assert [twice(items(read(name))) for name in LISTS] == [[], []]
