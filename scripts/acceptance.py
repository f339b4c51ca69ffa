"""The acceptance table: each row with the tests that prove it.

Rows stand in ``docs/acceptance.toml``::

    [[row]]
    id = "M31"
    text = "Weekly hours are set day by day"
    delivered = true

Tests name the rows they prove with ``@pytest.mark.covers("M31")``, on a test, a class, a module
(``pytestmark``) or one parameter. A delivered row without a test is a fault, and so is a test
that names a row that does not exist.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One thing that the product promises."""

    id: str
    text: str
    delivered: bool


def read_rows(path: Path) -> list[Row]:
    """Read the table in its own order."""
    table = tomllib.loads(path.read_text("utf-8"))
    return [Row(row["id"], row["text"], row.get("delivered", False)) for row in table["row"]]


def read_proofs(folder: Path) -> dict[str, list[str]]:
    """Map each row named by a test to the tests that name it."""
    proofs: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        where = path.relative_to(folder.parent).as_posix()
        for name, row in _marks(ast.parse(path.read_text("utf-8")), ""):
            proof = f"{where}::{name}" if name else where
            if proof not in proofs[row]:
                proofs[row].append(proof)
    return proofs


def _marks(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """Find the marks below a node, each with the test or class that it stands on."""
    for child in ast.iter_child_nodes(node):
        inner = name
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{name}::{child.name}" if name else child.name
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "pytest.mark.covers":
            yield from ((name, row) for row in map(ast.literal_eval, child.args))
        yield from _marks(child, inner)


def faults(rows: list[Row], proofs: dict[str, list[str]]) -> list[str]:
    """Say which promises no test keeps, and which tests keep no promise."""
    known = {row.id for row in rows}
    unproved = [
        f"{row.id} is delivered, and no test proves it: {row.text}"
        for row in rows
        if row.delivered and not proofs.get(row.id)
    ]
    unknown = [
        f"{row} is in no table, and is named by {', '.join(proofs[row])}"
        for row in sorted(proofs.keys() - known)
    ]
    return unproved + unknown


def main() -> int:
    """Print the table, then the faults."""
    parser = argparse.ArgumentParser(description="Print the acceptance table and its proofs.")
    parser.add_argument("--table", type=Path, default=ROOT / "docs/acceptance.toml")
    parser.add_argument("--tests", type=Path, default=ROOT / "tests")
    options = parser.parse_args()
    rows, proofs = read_rows(options.table), read_proofs(options.tests)
    for row in rows:
        print(f"{row.id:<6}{'delivered' if row.delivered else 'later':<11}{row.text}")
        for proof in proofs.get(row.id, []):
            print(f"{'':<17}{proof}")
    delivered = sum(row.delivered for row in rows)
    print(f"\n{delivered} rows delivered out of {len(rows)}.")
    wrong = faults(rows, proofs)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
