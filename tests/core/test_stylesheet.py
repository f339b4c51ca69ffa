"""The stylesheet that pages link: many files, fetched as one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from core import stylesheet
from tests.architecture.tree import ROOT, read

SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')


def sheets_of(answer) -> list[str]:
    return SHEET.findall(answer.text)


@pytest.fixture
def folder(tmp_path):
    """A static folder of its own, with a sheet that imports two files, the second one first."""
    (tmp_path / "css/pages").mkdir(parents=True)
    (tmp_path / "css/base.css").write_text("a {\n  color: red;\n}\n", "utf-8")
    (tmp_path / "css/pages/été.css").write_text(".été {\n  top: 0;\n}\n", "utf-8")
    sheet = '@layer base;\n@import "pages/été.css";\n@import "base.css";\n'
    (tmp_path / stylesheet.NAME).write_text(sheet, "utf-8")
    return tmp_path


def test_each_file_stands_where_it_is_imported(folder):
    rules = stylesheet.joined(str(folder)).decode()
    assert rules == "@layer base;\n.été {\n  top: 0;\n}\n\na {\n  color: red;\n}\n\n"


def test_a_file_that_lacks_is_never_left_out_in_silence(folder):
    (folder / "css/base.css").unlink()
    with pytest.raises(FileNotFoundError):
        stylesheet.joined(str(folder))


def test_every_source_is_served_whole_and_in_the_written_order(visitor):
    (address,) = sheets_of(visitor.get("/connexion"))
    served = visitor.get(address)
    assert served.mimetype == "text/css"
    assert served.content_length == len(served.data)
    names = re.findall(r'@import "(.+)";', read(f"static/{stylesheet.NAME}"))
    sheet = re.sub(r'\?v=\w+"\)', '")', served.text)
    places = [sheet.find(read(f"static/css/{name}")) for name in names]
    assert len(places) > 50
    assert -1 not in places
    assert places == sorted(places)
    assert "@import" not in served.text


def test_the_address_is_bound_to_all_that_the_sheet_says(visitor):
    (address,) = sheets_of(visitor.get("/connexion"))
    with visitor.get(address) as served:
        assert address.endswith(f"?v={hashlib.sha256(served.data).hexdigest()[:12]}")
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_browser_that_has_the_sheet_is_told_so(visitor):
    path = f"/static/{stylesheet.NAME}"
    with visitor.get(path) as first:
        again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        head = visitor.head(path)
        assert head.headers["Content-Length"] == first.headers["Content-Length"]


def test_the_fonts_that_the_sheet_names_are_there(visitor):
    sheet = visitor.get(f"/static/{stylesheet.NAME}").text
    addresses = re.findall(r'url\("([^"]+)"\)', sheet)
    assert len(addresses) == sheet.count("url(")
    for address in addresses:
        path = (ROOT / "static/css" / address).resolve().relative_to(ROOT)
        with visitor.get(f"/{path.as_posix()}") as font:
            assert font.status_code == 200, address
            assert font.data[:4] == b"wOF2"


def test_a_page_that_says_what_went_wrong_has_the_same_sheet(visitor):
    (address,) = sheets_of(visitor.get("/connexion"))
    missing = visitor.get("/nulle-part")
    assert missing.status_code == 404
    assert sheets_of(missing) == [address]


@pytest.mark.parametrize(
    "path", ["css/../../core/web.py", "css/%2e%2e/%2e%2e/app.py", "css//alveole.css/..", "css/"]
)
def test_no_other_file_is_reached_by_the_way_of_the_sheet(visitor, path):
    assert visitor.get(f"/static/{path}").status_code in {308, 404}


def test_a_single_source_is_still_its_own_file(visitor):
    with visitor.get("/static/css/tokens.css") as tokens:
        assert tokens.data == Path(ROOT, "static/css/tokens.css").read_bytes()
