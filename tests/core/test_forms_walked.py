"""Every form of every page, with only what has to be filled in: taken, or told all at once."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import delete

from core.database import db
from core.rate_limit import RateLimitHit
from core.transaction import transaction
from tests.core.hostile import ASKED, PARTS, SAMPLES, Doors, every_form
from tests.uploads.conftest import make_pdf, make_picture

RIGHT = {
    ("security.sign_in", "email"): "bob@example.org",
    ("security.phone", "phone"): "06 12 34 56 78",
    ("bubbles.logo", "file"): make_picture(),
    ("bubbles.close", "typed_name"): "Les Tilleuls",
    ("caregiver.profile", "fees-0-price"): "70",
    ("caregiver.profile", "fees-1-price"): "70",
    ("scheduling.new_absence", "first"): "24/12/2026",
    ("scheduling.new_day_hours", "day"): "24/12/2026",
    ("scheduling.new_day_hours", "de_1"): "9 h",
    ("scheduling.new_day_hours", "a_1"): "12 h",
    ("scheduling.new_kept_hours", "begin"): "9 h",
    ("scheduling.new_kept_hours", "end"): "12 h",
}
"""Answers that are right in one form alone; the others are told by the name of their field."""
ELSEWHERE = {
    "security.passkey_sign_in": "the answer of a device",
    "security.add_passkey": "the answer of a device",
    "security.enter_code": "a code in a mail",
    "security.prove_address": "a code in a mail",
    "security.authenticator": "a code that an application shows",
    "bubbles.enter_code": "a code on a sheet of paper",
    "scheduling.move_kept": "an hour that is free, among those offered",
    "scheduling.new_for": "an hour that is free, among those offered",
    "scheduling.offered_hour": "an hour that is kept still",
}
"""What these ask for is on no page: their one mistake stays, and no other comes after it."""
REFUSED = 422
FIELDS = {"input", "select", "textarea", "button"}
TYPED = {"text", "password", "email", "tel", "search", "number", "date", "time", None}


@dataclass
class Box:
    """One field as a page shows it."""

    kind: str | None
    value: str = ""
    offered: list[str] = field(default_factory=list)
    is_chosen: bool = False


@dataclass
class Shown:
    """One form as a page shows it."""

    action: str
    boxes: dict[str, Box] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)

    def as_opened(self, typed: str = "") -> dict[str, str]:
        """Return what a browser sends when somebody filled nothing in, or the same everywhere."""
        said = {}
        for name, box in self.boxes.items():
            if box.kind in TYPED or box.kind == "textarea":
                said[name] = typed
            elif box.kind == "select":
                said[name] = box.value or next(iter(box.offered), "")
            elif box.kind in {"hidden", "button"} or box.is_chosen:
                said[name] = box.value
        return said

    def right(self, name: str) -> object:
        """Return an answer that may be given in this field."""
        box = self.boxes.get(name) or Box(None)
        if box.kind == "file":
            return make_pdf()
        if box.offered:
            return next(one for one in box.offered if one not in {"", "0"})
        return SAMPLES.get(name, "Bonjour")


class Page(HTMLParser):
    """Reads the forms that a page posts, which fields it calls optional, and which it refuses."""

    def __init__(self, here: str, html: str) -> None:
        super().__init__()
        self.forms: list[Shown] = []
        self.here, self.select, self.label = here, "", ""
        self.is_inside = False
        self.refused = set(re.findall(r'class="field__error" id="([\w-]+)-e"', html))
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.is_inside = said.get("method") == "post"
            if self.is_inside:
                self.forms.append(Shown(said.get("action") or self.here))
        elif tag == "label":
            self.label = said.get("for", "")
        elif self.is_inside and tag == "option":
            box = self.forms[-1].boxes[self.select]
            box.offered.append(said.get("value", ""))
            if "selected" in said:
                box.value = said.get("value", "")
        elif self.is_inside and said.get("name") and tag in FIELDS:
            self._add(tag, said)

    def _add(self, tag, said):
        kind = said.get("type") if tag == "input" else tag
        box = self.forms[-1].boxes.setdefault(said["name"], Box(kind))
        if kind in {"radio", "checkbox"}:
            if "disabled" not in said:
                box.offered.append(said.get("value", "on"))
            if "checked" in said and not box.is_chosen:
                box.is_chosen, box.value = True, said.get("value", "on")
        elif kind == "select":
            self.select = said["name"]
        else:
            box.value = box.value or said.get("value") or ""

    def handle_data(self, data):
        if self.is_inside and self.label and "(facultatif)" in data:
            self.forms[-1].optional.add(self.label)

    def handle_endtag(self, tag):
        if tag == "label":
            self.label = ""
        elif tag == "form":
            self.is_inside = False


@pytest.fixture
def doors(app, sign_in):
    yield Doors(app, sign_in)
    shutil.rmtree(app.config["ALVEOLE"].data_path / "files")


def open_page(doors, role, rule) -> Page | None:
    """Open one page as somebody; nothing where there is no page for them."""
    query = {name: doors.answers()[name] for name in ASKED.get(rule.endpoint, ())}
    path = doors.path(rule)
    with doors.open(role, rule.endpoint).get(path, query_string=query) as answer:
        if answer.status_code == 200 and answer.mimetype == "text/html":
            return Page(path, answer.text)
    return None


def receiver(doors, shown) -> str:
    endpoint, _values = doors.adapter.match(shown.action.partition("?")[0], method="POST")
    return endpoint


def as_shown(doors, form, rule) -> Shown:
    """Find a form on its page, in a new world where the page of this one no longer has it.

    Some stand there only for who comes a second time: « déconnecter cet appareil ».
    """
    for is_first in (True, False, False):
        page = open_page(doors, form.role, rule)
        for shown in page.forms if page else []:
            if receiver(doors, shown) == form.endpoint:
                return shown
        if is_first:
            doors.begin_anew()
    raise AssertionError(f"{form.endpoint} is not on {form.page} for {form.role}")


@dataclass
class Sent:
    """What came back for a form."""

    is_taken: bool
    refused: set[str]


def send(doors, role, opened, shown, said) -> Sent:
    with transaction():
        db.session.execute(delete(RateLimitHit))
    answer = doors.open(role, opened).post(shown.action, data=said)
    refused = Page("", answer.text).refused
    doors.is_spent |= answer.status_code != REFUSED
    return Sent(answer.status_code < 400 and not refused, refused)


def send_until_taken(doors, role, opened, shown, *, typed: str, needed: set[str]) -> list[str]:
    """Send a form as it was opened, then once more with each mistake mended; say what is wrong.

    ``needed`` learns what an empty form lacks; garbage anywhere else is taken away again.
    """
    name = receiver(doors, shown)
    said = shown.as_opened(typed)
    first = send(doors, role, opened, shown, said)
    if not typed:
        needed |= first.refused
    if first.is_taken:
        return []
    mended: dict[str, Any] = dict.fromkeys(first.refused, "")
    for box in first.refused:
        if box in needed or (name, box) in RIGHT:
            mended[box] = RIGHT.get((name, box)) or shown.right(box)
    files = {box: (io.BytesIO(of), "a") for box, of in mended.items() if isinstance(of, bytes)}
    second = send(doors, role, opened, shown, said | mended | files)
    wrong = [f"{name}: {box} is told in a second round" for box in second.refused - first.refused]
    if not typed:
        asked = first.refused & shown.optional
        wrong += [f"{name}: {box} is called optional" for box in asked]
    is_of_a_field = bool(second.refused) or not typed  # nothing was wrong with a wrong password
    if not second.is_taken and not wrong and is_of_a_field and name not in ELSEWHERE:
        wrong.append(f"{name}: {sorted(second.refused)} is refused for ever")
    return wrong


@pytest.mark.parametrize("part", PARTS)
def test_each_form_is_taken_with_what_it_asks_for_and_says_all_mistakes_at_once(
    doors, shared_folder, part
):
    forms = every_form(doors, shared_folder)
    assert len(forms) > 80
    assert set(ELSEWHERE) <= {form.endpoint for form in forms}
    pages = {rule.endpoint: rule for rule in doors.rules("GET")}
    wrong: list[str] = []
    for form in forms[part :: len(PARTS)]:
        needed: set[str] = set()
        for typed in ("", "?"):
            shown = as_shown(doors, form, pages[form.page])
            doors.is_spent = False
            wrong += send_until_taken(
                doors, form.role, form.page, shown, typed=typed, needed=needed
            )
            if doors.is_spent:
                doors.begin_anew()
    assert wrong == []
