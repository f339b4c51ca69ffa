"""Whatever a stranger writes, reading it costs the server's thread no more than its length.

Every reader gets the longest text that reaches it, made of one sign or word again and again, and a
quarter of it: the time of this very thread must not grow faster than the text.
"""

from __future__ import annotations

import pytest
from wtforms import StringField

from bubbles.forms.pasted import read_pasted
from core import reading, wording
from core.forms import Form
from core.web import safe_next
from messaging.forms import MessageForm
from security import backup_codes, passkeys, passwords, phones, sessions
from security.addresses import fold_email, network_of
from security.operations.codes import read_digits
from tests.asking import cookie_of
from tests.core.growth import cost, loop, measure
from tests.uploads.conftest import make_pdf
from uploads.inspection import pdf, pictures
from uploads.inspection.files import MAX_BYTES, clean_label, clean_name, detect, inspect

FORM = 500_000
"""Bytes of the largest form."""
HEADER = 16_000
WORDS = (
    "a",
    " ",
    "e\u0301",
    "\u200b",
    ", ",
    '"',
    "<",
    "<a@b.fr>, ",
    "\t\n",
)

READERS = {
    "reading.visible": (reading.visible, FORM),
    "reading.line": (reading.line, FORM),
    "reading.plain": (reading.plain, FORM),
    "reading.address": (reading.address, FORM),
    "reading.signs": (reading.signs, FORM),
    "reading.digits": (lambda text: reading.digits(text, 6), FORM),
    "reading.number": (reading.number, FORM),
    "reading.cents": (reading.cents, FORM),
    "reading.minute": (reading.minute, FORM),
    "reading.day": (reading.day, FORM),
    "pasted lists": (read_pasted, FORM),
    "addresses": (fold_email, FORM),
    "networks": (network_of, HEADER),
    "telephones": (phones.read_phone, FORM),
    "backup codes": (backup_codes.read, FORM),
    "codes": (read_digits, FORM),
    "passwords": (lambda text: passwords.broken_rules(text, [text]), FORM),
    "forms of passwords": (passwords.prepare, passwords.LONGEST),
    "passkeys": (passkeys.read, FORM),
    "devices": (sessions.describe_device, HEADER),
    "ways back": (safe_next, FORM),
    "search words": (wording.search_words, FORM),
    "initials": (wording.initials, FORM),
    "familiar names": (wording.familiar, FORM),
    "sorting": (wording.sorting_key, FORM),
    "labels of files": (clean_label, FORM),
    "names of files": (lambda text: clean_name(text, "pdf"), FORM),
    "messages": (
        lambda text: MessageForm.of_payload({"body": text, "client_id": text}).validate(), FORM),
}  # fmt: skip


def again_and_again(read, word: str):
    """Read so many signs of one word."""
    return lambda length: read(word * (length // len(word)))


def faults_of(read, size: int) -> list[str]:
    """Return the words over which reading is too slow."""
    calibration = loop()
    found = []
    for word in WORDS:
        grown = measure(again_and_again(read, word), size, calibration)
        fault = grown.fault(calibration)
        if fault:
            found.append(f"{word!r}: {fault}")
    return found


@pytest.mark.parametrize("name", READERS)
def test_reading_takes_as_long_as_the_text_is(app, name):
    read, size = READERS[name]
    with app.test_request_context("/", method="POST"):
        assert faults_of(read, size) == []


def squared(text: str) -> int:
    """Look from each sign to the end, as a careless reader does."""
    return sum(text.count(text[at], at) for at in range(0, len(text), 40))


def test_control_a_reader_whose_time_grows_with_the_square_is_caught():
    assert faults_of(squared, FORM // 5)


def test_control_a_reader_that_is_slow_from_the_start_is_caught():
    calibration = loop()
    grown = measure(lambda length: [loop() for _ in range(60 * length)], 1, calibration)
    assert "loops" in (grown.fault(calibration) or "")


# ── Forms ─────────────────────────────────────────────────────────────────────────────────────


def all_forms(kind: type) -> list[type]:
    return [form for one in kind.__subclasses__() for form in (one, *all_forms(one))]


def posted(app, cookie: str, **sent: str):
    """Open the request that a page of theirs sends."""
    headers = {"Cookie": cookie}
    return app.test_request_context("/", method="POST", data=sent, headers=headers)


def fields_of(app, cookie: str, form: type) -> list[str]:
    """Return the names of a form's fields; none, where it wants something of its page."""
    with posted(app, cookie):
        try:
            return [field.name for field in form()]
        except Exception:  # noqa: BLE001  (it is judged with its page, by the tests of any bytes)
            return []


def filled(app, cookie: str, form: type, names: list[str], word: str):
    """Judge a form of so many signs, all its fields filled with one word."""

    def judge(length: int) -> None:
        text = word * (length // len(word) // len(names))
        with posted(app, cookie, **dict.fromkeys(names, text)):
            form().validate()

    return judge


@pytest.mark.parametrize("word", ["a", "1", " ", "é", "a@b.fr, ", "\u200b"])
def test_every_form_is_judged_in_the_time_of_its_length(app, cast, word):
    app.config["MAX_FORM_MEMORY_SIZE"] = 2 * FORM
    calibration, slow, tried = loop(), {}, 0
    cookie = cookie_of(app, cast.alice)
    for form in all_forms(Form):
        names = fields_of(app, cookie, form)
        if form.__module__.startswith("tests.") or not names:
            continue
        tried += 1
        grown = measure(filled(app, cookie, form, names, word), FORM // 4, calibration)
        fault = grown.fault(calibration)
        if fault:
            slow[f"{form.__module__}.{form.__name__}"] = fault
    assert tried > 20
    assert slow == {}


class SlowForm(Form):
    """Looks from each sign to the end."""

    said = StringField("Said")

    def validate_said(self, field) -> None:
        squared(field.data)


def test_control_a_form_that_judges_in_the_square_of_its_length_is_caught(app, cast):
    app.config["MAX_FORM_MEMORY_SIZE"] = 2 * FORM
    cookie, calibration = cookie_of(app, cast.alice), loop()
    names = fields_of(app, cookie, SlowForm)
    grown = measure(filled(app, cookie, SlowForm, names, "a"), FORM // 4, calibration)
    assert grown.fault(calibration)


# ── Files ─────────────────────────────────────────────────────────────────────────────────────

TOKENS = (b"/ObjStm ", b"<<", b"(", b"%", b"/JS", b"stream\n", b"\x00\x00\x00\x14ispe", b"\xff\xd8",
          b"startxref 1 ", b"%%EOF", b"\x00", b" ")  # fmt: skip
HEADS = (b"", b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X",
         b"\x00\x00\x00\x18ftypheic", b"\x00\x00\x00\x18ftypavif")  # fmt: skip
GLANCES = {
    "type": detect,
    "beginning of a PDF": lambda content: (pdf.is_pdf(content), pdf.begin_at_first_byte(content)),
    "end of a PDF": pdf._refuse_torn,
    "sizes of pictures": lambda content: [one(content) for one in pictures.MEASURES.values()],
}  # fmt: skip


def beginning(glance, content: bytes):
    """Look at so many bytes of a file."""
    return lambda length: glance(content[:length])


@pytest.mark.parametrize("name", GLANCES)
def test_a_file_of_the_largest_size_costs_a_glance(name):
    calibration = loop()
    for head in HEADS:
        for token in TOKENS:
            content = head + token * ((MAX_BYTES - len(head)) // len(token))
            grown = measure(beginning(GLANCES[name], content), MAX_BYTES, calibration)
            assert grown.fault(calibration) is None, (head, token)
            assert grown.whole < 2 * calibration + 0.05, (head, token)


@pytest.mark.parametrize("token", [b"/ObjStm ", b"(", b"/ObjStm >>stream\n"])
def test_judging_the_worst_pdf_costs_the_server_next_to_nothing(app, token):
    head, tail = make_pdf().split(b"xref\n", 1)
    room = MAX_BYTES - len(head) - len(tail) - 6
    content = head + token * (room // len(token)) + b"\nxref\n" + tail
    taken = cost(lambda: inspect(content, "pire.pdf"))  # once: the child has much to do
    assert taken < 10 * loop()
