"""Which database says when clocks change."""

from __future__ import annotations

import zoneinfo
from importlib.metadata import version

import pytest

from core import zones


@pytest.fixture
def folders(tmp_path):
    """Say what the system's own database is, and put everything back afterwards."""
    before = zoneinfo.TZPATH

    def system(first_line: str | None) -> None:
        if first_line is not None:
            (tmp_path / "tzdata.zi").write_text(f"{first_line}\nR f 1916 o\n", "utf-8")
        zoneinfo.reset_tzpath(to=(str(tmp_path),))

    yield system
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize("line", ["# version 2019c", "# version unknown", "", None])
def test_a_database_of_the_system_that_is_older_or_does_not_say_gives_way(folders, line):
    folders(line)
    zones.use_newest_database()
    assert zoneinfo.TZPATH == ()
    assert zoneinfo.ZoneInfo("Europe/Paris").key == "Europe/Paris"


def test_a_newer_one_is_kept(folders):
    year, _dot, _number = version("tzdata").partition(".")
    folders(f"# version {int(year) + 1}a")
    zones.use_newest_database()
    assert zoneinfo.TZPATH != ()


def test_the_application_reads_no_older_one_than_it_was_installed_with(app):
    assert all(zones._release(folder) >= zones._own_release() for folder in zoneinfo.TZPATH)
