"""What is too much is refused before anything reads it; what honest people send passes."""

from __future__ import annotations

import io
import itertools
import json
import re
import tracemalloc
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from caregiver.queries import list_documents_for
from core.body_limits import FORM, FORM_WITH_FILES, MOST_FIELDS, large_kind
from demo.vocabulary import PEOPLE
from security.queries import find_user_by_email
from tests.core.hostile import Doors, every_form
from tests.uploads.conftest import make_picture

KINDS = (FORM, f"{FORM_WITH_FILES}; boundary=x", "application/json", "text/plain", "")
TOO_MUCH = 600_000
MOST_INPUTS = 80
READ_AT_ONCE = 600_000
MEGABYTE = 1024 * 1024


class Line(io.RawIOBase):
    """What a browser sends, for as long as somebody reads; it counts what was read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left, self.read_bytes = size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        size = min(len(into), self.left)
        into[:size] = b"&" * size
        self.left -= size
        self.read_bytes += size
        return size


def send(client, path, size, *, kind=FORM, method="POST", is_announced=True, **headers):
    line = Line(size)
    environ = {
        "wsgi.input": io.BufferedReader(line, 4096),
        "wsgi.input_terminated": True,
        "CONTENT_TYPE": kind,
        **(
            {"CONTENT_LENGTH": str(size)} if is_announced else {"HTTP_TRANSFER_ENCODING": "chunked"}
        ),
    }
    return client.open(path, method=method, environ_overrides=environ, headers=headers), line


def writing_rules(app: Flask):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method


def path_of(rule) -> str:
    return re.sub(r"<(int:)?\w+>", lambda found: "1" if found.group(1) else "x" * 43, rule.rule)


# ── By size ───────────────────────────────────────────────────────────────────────────────────


def test_no_page_that_takes_no_file_reads_a_large_body(app, cast, sign_in):
    """Every route, signed in or not; each is asked with another kind, announced or in pieces."""
    browsers = itertools.cycle([app.test_client(), sign_in(cast.alice), sign_in(cast.jeanne)])
    ways = itertools.cycle(itertools.product(KINDS, (True, False)))
    walked = 0
    for rule, method in writing_rules(app):
        large = large_kind(app.view_functions[rule.endpoint]) or "none"
        for browser, (kind, is_announced) in itertools.islice(zip(browsers, ways, strict=False), 3):
            if kind.startswith(large):
                continue
            answer, line = send(
                browser,
                path_of(rule),
                TOO_MUCH,
                kind=kind,
                method=method,
                is_announced=is_announced,
            )
            assert answer.status_code == 413, (method, rule.rule, kind)
            most = 0 if is_announced else READ_AT_ONCE
            assert line.read_bytes <= most, (method, rule.rule, line.read_bytes)
            walked += 1
    assert walked > 300


def test_an_address_that_is_none_and_a_page_that_is_read_refuse_as_well(visitor):
    for path in ("/nulle-part", "/static/css/alveole.css", "/"):
        for method in ("POST", "GET"):
            answer, line = send(visitor, path, TOO_MUCH, method=method)
            assert (answer.status_code, line.read_bytes) == (413, 0), (method, path)


@pytest.mark.parametrize("is_announced", [True, False])
def test_the_handshake_of_sockets_takes_no_body(cast, visitor, sign_in, is_announced):
    for browser in (visitor, sign_in(cast.bob)):
        for method in ("GET", "POST"):
            answer, line = send(
                browser,
                "/socket.io/?EIO=4&transport=websocket",
                TOO_MUCH,
                method=method,
                is_announced=is_announced,
            )
            assert (answer.status_code, line.read_bytes) == (413, 0)


def test_twelve_megabytes_of_a_visitor_cost_nothing(visitor, page):
    visitor.get("/connexion")  # what is loaded once is loaded
    tracemalloc.start()
    try:
        for is_announced in (True, False):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            answer, line = send(visitor, "/connexion", 12 * MEGABYTE, is_announced=is_announced)
            used = tracemalloc.get_traced_memory()[1] - before
            assert answer.status_code == 413
            assert line.read_bytes <= READ_AT_ONCE
            assert used < 4 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert "500 ko" in page(answer).text


def test_a_large_body_where_files_are_sent_waits_for_a_session(app, cast, sign_in):
    """Who is not signed in is refused before anything of the body is read."""
    large = [(r, m) for r, m in writing_rules(app) if large_kind(app.view_functions[r.endpoint])]
    assert {rule.endpoint for rule, _method in large} >= {"caregiver.documents", "uploads.append"}
    for rule, method in large:
        kind = large_kind(app.view_functions[rule.endpoint])
        kind += "; boundary=x" if kind == FORM_WITH_FILES else ""
        answer, line = send(
            app.test_client(), path_of(rule), 9 * MEGABYTE, kind=kind, method=method
        )
        assert (answer.status_code, line.read_bytes) == (401, 0), rule.rule
        answer, line = send(
            sign_in(cast.bob), path_of(rule), 13 * MEGABYTE, kind=kind, method=method
        )
        assert (answer.status_code, line.read_bytes) == (413, 0), rule.rule


def test_every_view_whose_form_has_a_file_is_marked(app, cast, sign_in, shared_folder):
    """Found on the pages themselves: a form with a file that is refused would be found here."""
    forms = every_form(Doors(app, sign_in), shared_folder)
    with_files = {form.endpoint for form in forms if form.file_field}
    assert with_files
    for endpoint in with_files:
        assert large_kind(app.view_functions[endpoint]) == FORM_WITH_FILES, endpoint


# ── By number of fields ───────────────────────────────────────────────────────────────────────


def many(count: int) -> list[tuple[str, bytes]]:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(count)
    )
    return [
        (FORM, "&".join(f"a{n}=1" for n in range(count)).encode()),
        (f"{FORM_WITH_FILES}; boundary=x", f"{parts}--x--\r\n".encode()),
        ("application/json", json.dumps({f"a{n}": n for n in range(count)}).encode()),
        ("application/json", json.dumps(list(range(count))).encode()),
    ]


@pytest.mark.parametrize("number", range(4))
def test_a_hundred_fields_pass_and_one_more_does_not(cast, visitor, sign_in, number):
    for client, path in ((visitor, "/connexion"), (sign_in(cast.jeanne), "/messages/1")):
        for count, is_refused in ((MOST_FIELDS, False), (MOST_FIELDS + 1, True)):
            kind, body = many(count)[number]
            answer = client.post(path, data=body, content_type=kind)
            assert (answer.status_code == 413) is is_refused, (kind, count, answer.status_code)


def test_two_hundred_thousand_fields_become_none(visitor, monkeypatch):
    """The reader of forms is never called."""
    import werkzeug.formparser

    def read(*_args, **_kwargs):
        raise AssertionError("somebody reads")

    monkeypatch.setattr(werkzeug.formparser, "parse_qsl", read)
    for body in (b"&" * 200_000, b"a=1&" * 100_000):
        assert visitor.post("/connexion", data=body, content_type=FORM).status_code == 413


def test_a_text_in_json_is_one_field_however_it_is_written(visitor):
    for text in ("a,b," * 5000, '\\",' * 5000, "é,"):
        answer = visitor.post("/connexion", json={"body": text})
        assert answer.status_code != 413
    never_ends = b'{"body": "' + b'\\",' * 150_000
    assert (
        visitor.post("/connexion", data=never_ends, content_type="application/json").status_code
        < 500
    )


@pytest.mark.parametrize(
    ("language", "title", "limits"),
    [("fr", "trop lourd", "500 ko et 100 réponses"), ("en", "too big", "500 kB and 100 answers")],
)
def test_the_refusal_is_a_page_in_ones_language_or_data(visitor, page, language, title, limits):
    body = b"&" * 200
    spoken = {"Accept-Language": language}
    shown = page(visitor.post("/connexion", data=body, content_type=FORM, headers=spoken))
    assert title in shown.text
    assert limits in shown.text
    as_data = {"Accept": "application/json"}
    answer = visitor.post("/connexion", data=body, content_type=FORM, headers=as_data)
    assert answer.json["error"] == "request_entity_too_large"
    assert answer.json["reference"]


# ── Honest people ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["é" * 10_000, "🙂 " * 3_300, "a,&= " * 2_000])
def test_a_message_of_ten_thousand_letters_is_no_large_body(cast, sign_in, text):
    url = f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}"
    answer = sign_in(cast.jeanne).post(url, data={"body": text[:10_000], "client_id": "a" * 32})
    assert answer.status_code in {303, 422}  # 422: longer than a message may be, in words
    assert "trop lourd" not in answer.text


def test_two_hundred_addresses_are_pasted_in_one_field(cast, sign_in, page):
    lines = "\n".join(
        f"Prénom Nom-Composé {n} <personne{n}@hopital.example.org>" for n in range(200)
    )
    url = f"/bulles/{cast.bubble.id}/invitations/plusieurs"
    answer = sign_in(cast.alice).post(url, data={"addresses": lines})
    assert answer.status_code != 413


def test_a_scan_of_nine_megabytes_is_taken(cast, sign_in):
    scan = make_picture() + b"\0" * (9 * MEGABYTE)
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in (
            (b"type", b"", b"diploma"),
            (b"key", b"", b"a" * 32),
            (b"files", b'; filename="scan.jpg"', scan),
        )
    )
    answer = sign_in(cast.bob).post(
        "/parametres/documents", data=body + b"--x--", content_type=f"{FORM_WITH_FILES}; boundary=x"
    )
    assert answer.status_code == 302, answer.text
    assert list_documents_for(cast.bob)


# ── What our own pages need ───────────────────────────────────────────────────────────────────


class Inputs(HTMLParser):
    """Counts what each form that is posted would send with every box ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []
        self.radios: set[str] = set()
        self.is_inside = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form" and values.get("method") == "post":
            self.counts.append(0)
            self.radios = set()
            self.is_inside = True
        name, kind = values.get("name"), values.get("type")
        if not self.is_inside or not name or tag not in {"input", "select", "textarea"}:
            return
        if kind == "radio" and name in self.radios:
            return
        if kind == "radio":
            self.radios.add(name)
        self.counts[-1] += 1

    def handle_endtag(self, tag):
        self.is_inside = self.is_inside and tag != "form"


def test_no_form_of_ours_needs_more_than_eighty_fields(app, sign_in):
    """Every page that can be reached by links, as everybody of the demonstration."""
    assert app.test_cli_runner().invoke(args=["seed", "demo"]).exit_code == 0
    adapter = app.url_map.bind("localhost")
    seen: dict[str, int] = {}
    for person in PEOPLE:
        client = sign_in(find_user_by_email(person.email))
        visited: Counter[str] = Counter()
        waiting = ["/accueil", "/aujourdhui", "/parametres", "/compte", "/"]
        known = set(waiting)
        while waiting:
            path = waiting.pop(0)
            with client.get(path, follow_redirects=True) as answer:
                if answer.status_code != 200 or answer.mimetype != "text/html":
                    continue
                html = answer.text
            inputs = Inputs()
            inputs.feed(html)
            for link in map(unescape, re.findall(r'href="(/[^"#]*)"', html)):
                try:
                    endpoint, _values = adapter.match(link.partition("?")[0])
                except (HTTPException, RequestRedirect):
                    continue
                if link not in known and endpoint != "static" and visited[endpoint] < 3:
                    visited[endpoint] += 1
                    known.add(link)
                    waiting.append(link)
            seen[path] = max(inputs.counts, default=0)
    assert len(seen) > 100
    assert max(seen.values()) > 40  # the week of an agenda
    assert {path: count for path, count in seen.items() if count > MOST_INPUTS} == {}
