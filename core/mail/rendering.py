"""From a name and its facts to the words of one mail, when it leaves."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import force_locale
from jinja2 import Environment, StrictUndefined

from core import bidi
from core.mail.letters import MAILS, Facts, Mail, Reader, find_reader, unpacked
from core.transaction import end_reading
from core.wording import typographic

in_language = force_locale
"""``with in_language("fr"): subject = gettext("…")``."""


def render(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Write what a queued mail says now, or nothing when that is no longer true.

    Nothing of the request at hand gets into a mail, and what was read is let go of.
    """
    reader = _reader(payload["reader"])
    letter = MAILS[payload["mail"]]
    if reader is None:
        return None
    try:
        with force_locale(reader.locale):
            facts = letter.find_facts(reader, **unpacked(payload["facts"]))
            return None if facts is None else _written(letter, reader, facts)
    finally:
        end_reading()


def _reader(given: dict[str, Any]) -> Reader | None:
    if "user" not in given:
        zone = given["zone"] or current_app.config["ALVEOLE"].instance.default_time_zone
        return Reader(given["address"], given["locale"], zone, given["name"])
    known = find_reader(given["user"])
    if known is None or "address" not in given:
        return known
    return Reader(given["address"], known.locale, known.zone, known.name, known.user_id)


def _written(letter: Mail[...], reader: Reader, facts: Facts) -> dict[str, Any]:
    subject = {} if letter.subject is None else {"subject": str(letter.subject)}
    facts = {"reader": reader} | subject | facts
    calendars = facts.pop("calendars", ())
    written = words(letter.template, reader.locale, facts)
    return {"to": reader.address, **written} | ({"calendars": calendars} if calendars else {})


def words(template: str, locale: str, facts: Facts) -> dict[str, str]:
    """Fill both forms of a template; one that misses a fact raises, and never leaves half filled.

    Line breaks are taken out of the subject.
    """
    templates = _strict_templates()
    with force_locale(locale):
        plain = templates.get_template(f"emails/{template}.txt").render(facts)
        html = templates.get_template(f"emails/{template}.html").render(facts)
        return {
            "subject": bidi.tamed(" ".join(facts["subject"].split())),
            "text": typographic(plain, locale),
            "html": html,
        }


def _strict_templates() -> Environment:
    kept = current_app.extensions.get("mail_templates")
    if kept is None:
        kept = current_app.jinja_env.overlay(undefined=StrictUndefined)
        current_app.extensions["mail_templates"] = kept
    return kept


def absolute_url(path: str) -> str:
    """Turn a path of ours into the address that mails carry: from settings, not the request."""
    base: str = current_app.config["ALVEOLE"].base_url
    return f"{base}{path}"
