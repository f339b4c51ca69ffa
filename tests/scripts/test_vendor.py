"""A library kept in static/vendor cannot change unseen."""

from __future__ import annotations

from pathlib import Path

from scripts import vendor


def test_a_changed_a_lost_and_an_added_file_are_each_seen(tmp_path: Path):
    for name in ("a.js", "b.js"):
        (tmp_path / name).write_text(name)
    vendor.write(tmp_path)
    assert vendor.faults(tmp_path) == []

    (tmp_path / "a.js").write_text("something else")
    (tmp_path / "b.js").unlink()
    (tmp_path / "c.js").write_text("c")
    assert vendor.faults(tmp_path) == [
        "missing: b.js",
        "not in the manifest: c.js",
        "altered: a.js",
    ]
