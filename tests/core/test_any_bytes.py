"""Any bytes, anywhere, from anybody: an answer that makes sense, never a fault (case-L4, case-M4).

The forms are found on the pages themselves, so that a new page is tried without being told here.
"""

from __future__ import annotations

import io
import itertools
import json
import logging
import re
import shutil

import pytest
from sqlalchemy import delete, event

from core.database import db
from core.rate_limit import RateLimitHit
from core.transaction import transaction
from tests.core.hostile import (
    ASKED,
    PARTS,
    QUERIES,
    ROLES,
    SAMPLES,
    Doors,
    every_form,
)
from tests.uploads.conftest import make_pdf

DIGITS = "9" * 5000
"""More than Python turns into a number without asking."""
HOSTILE = (
    "Léa\x00\x1b[31m\u202e🙂\ufeff\u2028",
    b"\xff\xfe\xed\xa0\x80",
    f"{DIGITS}-{DIGITS}",
    DIGITS,
    str(10**20),
    "٣٤٥²",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "a@b\r\nBcc: everybody@example.org<script>%s%(num)d{0}{{7*7}}",
)
"""NUL and escapes, broken UTF-8, numbers beyond any column, both ends of time, lines, marks."""
PIECES = (
    "%00",
    "%FF%FE%ED%A0%80",
    "..%2F..%2Fetc%2Fpasswd",
    "%0D%0ASet-Cookie:%20a=b",
    "-1",
    str(2**31),
    str(2**63),
    DIGITS,
    "%D9%A3",
    "9999-12-31",
)
HEADERS = (
    ("Accept", "\xff;q=x,*/*;q=-1"),
    ("Accept-Language", "\xff-\xff;q=nan,fr;q=1e999"),
    ("Authorization", "Basic \xff\xff"),
    ("Content-Type", "multipart/form-data; boundary=\xff"),
    ("Cookie", "session=\xff\xfe.\x01; =; session=a.b.c"),
    ("Cookie", "session=" + "z" * 3000),
    ("Host", "evil.example\xff:99999999"),
    ("Host", "evil.example"),
    ("If-Modified-Since", "Thu, 99 Foo 0000 99:99:99 GMT"),
    ("If-None-Match", 'W/"\xff,,"'),
    ("Range", "bytes=-99999999999999999999,5-1"),
    ("Range", "bytes=99999999999999999999-"),
    ("Sec-Fetch-Site", "\xff"),
    ("User-Agent", "\xff" * 300 + "%s"),
    ("X-Forwarded-For", "\xff, ::::"),
)
READ_HEADERS = {
    "home.index",
    "security.sign_in",
    "caregiver.download",
    "scheduling.feed",
    "messaging.news",
    "home.sheet",
    "static",
}
BODIES = (
    ("application/json", b'{"body": "\\ud800", "email": ["a"], "code": {}}'),
    ("application/json", json.dumps(dict.fromkeys(SAMPLES, 5)).encode()),
    ("application/json", json.dumps({name: [{"a": None}] for name in SAMPLES}).encode()),
    ("application/json", b"[" * 20_000),
    ("application/json", b"\xff\xfe"),
    ("multipart/form-data", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="body"\r\n'),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="\x00/.."\r\n\r\nx\r\n--x',
    ),
    ("application/x-www-form-urlencoded", b"%&=&%ff=%00&email=a&email=b&body[]=1&" * 9),
    ("\xff/\xff; charset=\xff", b"\x00"),
)
PAYLOADS = (
    None,
    [],
    "x",
    {"conversation": 10**30, "body": "a", "client_id": "a" * 16},
    {"conversation": "1", "body": ["a"], "client_id": {}},
    {"conversation": 1, "body": "a\ud800", "client_id": "b" * 16},
    {"conversation": 1, "body": "a\x00", "client_id": "c" * 16},
    {"conversation": 1, "body": "a", "client_id": "\ud800" * 16},
    {"conversation": 1, "seq": 10**30},
    {"conversation": 1.5, "seq": "\ud800"},
    {"conversation": True, "seq": -1},
)


class Faults(list):
    """What went wrong: answers of 500 and more, and values that PostgreSQL would not take."""

    def judge(self, answer, *what: object) -> None:
        if answer.status_code >= 500:
            self.append((answer.status_code, *(str(one)[:60] for one in what)))

    def look(self, _connection, _cursor, _statement, parameters, *_rest) -> None:
        for row in parameters if isinstance(parameters, list) else [parameters]:
            for value in row.values() if isinstance(row, dict) else row:
                if isinstance(value, str) and "\0" in value:
                    self.append(("NUL for the database", value[:60]))


@pytest.fixture
def doors(app, sign_in, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    # As the server has it: a fault becomes a page, which is what this looks for.
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    yield Doors(app, sign_in)
    shutil.rmtree(app.config["ALVEOLE"].data_path / "files")  # each new world has kept one


@pytest.fixture
def faults(app):
    faults = Faults()
    event.listen(db.engine, "before_cursor_execute", faults.look)
    yield faults
    event.remove(db.engine, "before_cursor_execute", faults.look)


def forget_brakes() -> None:
    with transaction():
        db.session.execute(delete(RateLimitHit))


# ── Trying ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", PARTS)
def test_hostile_text_in_each_field_of_each_form(doors, faults, shared_folder, part):
    forms = every_form(doors, shared_folder)
    assert len(forms) > 80
    posts = {rule.endpoint: rule for rule in doors.rules("POST")}
    for form in forms[part :: len(PARTS)]:
        names = [name for name in form.fields if name != "csrf_token"]
        for number, name in enumerate(names[:12]):  # a week has forty fields of one kind
            if number == 0 or len(names) < 8:  # what is long is edited, again and again
                doors.begin_anew()
                client = doors.open(form.role, form.endpoint)
            for value in HOSTILE:
                data: dict[str, object] = {**form.fields, name: value}
                if form.file_field:
                    data[form.file_field] = (io.BytesIO(make_pdf()), "a.pdf")
                forget_brakes()
                answer = client.post(doors.path(posts[form.endpoint]), data=data)
                faults.judge(answer, form.endpoint, form.role, name, value)
    assert faults == []


def test_hostile_pieces_of_addresses(doors, faults):
    browsers = itertools.cycle([doors.open(role) for role in ROLES])
    for rule in doors.app.url_map.iter_rules():
        template = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for name, piece in itertools.product(rule.arguments, PIECES):
            path = template.format(**{**doors.world.values(rule.endpoint), name: piece})
            method = "POST" if "POST" in rule.methods else "GET"
            with next(browsers).open(path, method=method) as answer:
                faults.judge(answer, method, path)
    assert faults == []


def test_hostile_queries(doors, faults):
    browsers = itertools.cycle([(role, doors.open(role)) for role in ROLES])
    for rule, value in itertools.product(doors.rules("GET"), HOSTILE):
        role, browser = next(browsers)
        with browser.get(doors.path(rule), query_string=dict.fromkeys(QUERIES, value)) as answer:
            faults.judge(answer, rule.endpoint, role, value)
    jeanne = doors.open("jeanne")
    for endpoint, name, value in itertools.product(ASKED, QUERIES, HOSTILE):
        path = doors.path(next(doors.app.url_map.iter_rules(endpoint)))
        answer = jeanne.get(path, query_string={**doors.answers(), name: value})
        faults.judge(answer, endpoint, name, value)
    assert faults == []


def test_hostile_headers(doors, faults):
    browsers = [doors.open("visitor"), doors.open("bob")]
    paths = [doors.path(rule) for rule in doors.rules("GET") if rule.endpoint in READ_HEADERS]
    for browser, path, (name, value) in itertools.product(browsers, paths, HEADERS):
        with browser.get(path, headers={name: value}) as answer:
            faults.judge(answer, path, name, value)
    assert faults == []


# A body that breaks off leaves its half-read part to Werkzeug's garbage: unclosed, but inert.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_hostile_bodies(doors, faults):
    browsers = itertools.cycle([doors.open(role) for role in ROLES])
    for rule, (content_type, body) in itertools.product(doors.rules("POST"), BODIES):
        path = doors.path(rule)
        answer = next(browsers).post(path, data=body, content_type=content_type)
        faults.judge(answer, path, content_type, body)
    assert faults == []


def test_hostile_payloads_of_sockets(doors, connect, faults):
    page = connect(doors.world.cast.jeanne)
    for name, payload in itertools.product(("post_message", "mark_read"), PAYLOADS):
        said = page.emit(name, payload, callback=True)
        assert said["ok"] is False or name == "mark_read", payload
        assert said.get("error") != "internal_error", payload
        json.dumps(said)
    assert faults == []
