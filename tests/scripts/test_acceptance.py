"""The acceptance table notices a promise without a proof, and a proof without a promise."""

from __future__ import annotations

from pathlib import Path

from scripts.acceptance import faults, read_proofs, read_rows

TABLE = """
[[row]]
id = "M1"
text = "A page"
delivered = true

[[row]]
id = "M2"
text = "A button"
delivered = true

[[row]]
id = "M3"
text = "Another day"
"""

TESTS = """
import pytest

pytestmark = pytest.mark.covers("M1")

class TestButton:
    @pytest.mark.covers("M2", "D9")
    def test_is_pressed(self): ...

    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.covers("M3"))])
    def test_is_released(self, x): ...
"""


def test_each_row_finds_the_tests_that_name_it(tmp_path: Path):
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_page.py").write_text(TESTS)
    assert read_proofs(folder) == {
        "M1": ["tests/test_page.py"],
        "M2": ["tests/test_page.py::TestButton::test_is_pressed"],
        "D9": ["tests/test_page.py::TestButton::test_is_pressed"],
        "M3": ["tests/test_page.py::TestButton::test_is_released"],
    }


def test_a_delivered_row_needs_a_test_and_a_test_needs_a_row(tmp_path: Path):
    table = tmp_path / "acceptance.toml"
    table.write_text(TABLE)
    rows = read_rows(table)
    assert faults(rows, {"M1": ["a"], "M2": ["b"]}) == []
    assert faults(rows, {"M2": ["b"]}) == ["M1 is delivered, and no test proves it: A page"]
    assert faults(rows, {"M1": ["a"], "M2": ["b"], "D9": ["c"]}) == [
        "D9 is in no table, and is named by c"
    ]
