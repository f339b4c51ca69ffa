"""What a browser fetches for its first page: little, in few requests, and once."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from core import behaviours, stylesheet
from tests.architecture.tree import ROOT, read

MOST_BYTES, MOST_REQUESTS = 100_000, 12
PACKS = {"Accept-Encoding": "gzip, deflate, br"}
FETCHED = re.compile(r'(?:src|href)="(/static/[^"#]+)')


def fetched(visitor, page: str) -> dict[str, Any]:
    """Return what a browser asks for, by its address, the page first."""
    answers = {page: visitor.get(page, headers=PACKS)}
    for address in FETCHED.findall(visitor.get(page).text):
        if address not in answers:
            with visitor.get(address, headers=PACKS) as answer:
                assert answer.status_code == 200, address
                answer.get_data()
                answers[address] = answer
    return answers


@pytest.mark.parametrize("page", ["/connexion", "/", "/inscription"])
def test_a_first_page_is_light_and_takes_few_requests(visitor, page):
    answers = fetched(visitor, page)
    assert len(answers) <= MOST_REQUESTS
    assert sum(len(answer.data) for answer in answers.values()) <= MOST_BYTES


def test_all_that_a_page_names_is_kept_for_ever(visitor):
    answers = fetched(visitor, "/connexion")
    del answers["/connexion"]
    assert any(address.endswith(".woff2") or ".woff2?" in address for address in answers)
    for address, answer in answers.items():
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", address


def test_the_sheet_names_the_very_font_that_a_page_fetches_early(visitor):
    page, sheet = visitor.get("/connexion").text, visitor.get(f"/static/{stylesheet.NAME}").text
    [early] = re.findall(r'rel="preload" href="/static/([^"]+)"', page)
    assert f'url("../{early}")' in sheet


def test_text_is_packed_for_whoever_unpacks_it_and_for_nobody_else(visitor):
    path = f"/static/{stylesheet.NAME}"
    with visitor.get(path, headers=PACKS) as packed, visitor.get(path) as plain:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert "Content-Encoding" not in plain.headers
        assert "Accept-Encoding" in packed.vary
        assert "Accept-Encoding" in plain.vary
        assert packed.headers["ETag"] != plain.headers["ETag"]
        again = visitor.get(path, headers={**PACKS, "If-None-Match": packed.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    with visitor.get(path, headers={"Accept-Encoding": "gzip;q=0"}) as refused:
        assert "Content-Encoding" not in refused.headers


def test_what_is_packed_already_is_sent_as_it_is(visitor):
    font = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
    with visitor.get(f"/static/{font}", headers=PACKS) as answer:
        assert answer.data == (ROOT / "static" / font).read_bytes()
        assert "Content-Encoding" not in answer.headers


def test_every_behaviour_is_in_the_one_script_apart_from_the_others(visitor):
    script = visitor.get(f"/static/{behaviours.NAME}")
    names = behaviours.IMPORT.findall(read(f"static/{behaviours.NAME}"))
    assert script.mimetype == "text/javascript"
    assert len(names) > 10
    for name in names:
        assert f"{{\n{read(f'static/js/{name}')}}}" in script.text, name
    assert not re.search(r"^import\b", script.text, re.MULTILINE)


def test_a_behaviour_that_needs_another_file_is_refused_at_the_start(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / behaviours.NAME).write_text('import "./one.js";\n', "utf-8")
    (tmp_path / "js/one.js").write_text('import { io } from "./two.js";\n', "utf-8")
    with pytest.raises(ValueError, match=r"one\.js"):
        behaviours.joined(str(tmp_path))
