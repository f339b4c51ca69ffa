"""The catalogues: collect the messages of the code, translate, check, compile."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
COMPLETE = "fr"
"""The language in which every message must be translated; others fall back on the English ids."""

KEYWORDS = ["_l", "marked", "lazy_gettext", "ngettext:1,2", "lazy_ngettext:1,2"]

# What French typography asks for: a curved apostrophe, and a space that never breaks the line.
FRENCH_FAULTS = (
    (re.compile(r"\w'\w"), "a straight apostrophe (write ’)"),
    (re.compile(r"(?<=\S) [:;!?»](?!\S)"), "an ordinary space before : ; ! ? or »"),
    (re.compile(r"\w[;!?»](?!\w)"), "no space before ; ! ? or »"),
    (re.compile(r"« "), "an ordinary space after «"),
    (re.compile(r"\.\.\."), "three dots (write …)"),
)

TWICE = re.compile(r"(.{8,})\1", re.DOTALL)
"""A whole text, and at once the same again: two versions of one translation, joined."""


def extract() -> Catalog:
    """Collect every message of the code and the templates."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
        command += ["-F", str(FOLDER / "babel.cfg"), "--no-location", "--sort-output"]
        command += [part for keyword in KEYWORDS for part in ("-k", keyword)]
        subprocess.run([*command, "-o", str(template), "."], cwd=ROOT, check=True)
        with template.open("rb") as file:
            return read_po(file)


def catalogues() -> Iterator[tuple[str, Path, Catalog]]:
    """Give each language with its file and what it holds."""
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            yield language, path, read_po(file, locale=language)


def update() -> None:
    """Add the new messages to each catalogue and drop those that the code no longer says."""
    template = extract()
    for _, path, catalogue in catalogues():
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=100)


def compile_all() -> None:
    """Write the binary catalogues that are missing or older than their source."""
    for _, path, catalogue in catalogues():
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            with target.open("wb") as file:
                write_mo(file, catalogue)


def faults() -> Iterator[str]:
    """Say everything that is not as it should be."""
    template = extract()
    wanted = {message.id for message in template if message.id}
    languages = set()
    for language, _, catalogue in catalogues():
        languages.add(language)
        present = {message.id for message in catalogue if message.id}
        for missing in wanted - present:
            yield f"{language}: not in the catalogue (make translations): {missing!r}"
        for stale in present - wanted:
            yield f"{language}: no longer said by the code (make translations): {stale!r}"
        for message in catalogue:
            if message.id:
                yield from (f"{language}: {fault}" for fault in _faults_of(message, language))
    if COMPLETE not in languages:
        yield f"{COMPLETE}: there is no catalogue"


def _faults_of(message: Message, language: str) -> Iterator[str]:
    text = message.string or ""
    texts = [text] if isinstance(text, str) else list(text)
    if message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    if language == COMPLETE and not all(texts):
        yield f"not translated: {message.id!r}"
    for error in message.check():
        yield f"{error}: {message.id!r}"
    yield from (f"said twice over: {said!r}" for said in texts if TWICE.fullmatch(said))
    if language == "fr":
        for said in texts:
            plain = re.sub(r"https?://\S+|%\(\w+\)[sd]", "x", said)
            for pattern, what in FRENCH_FAULTS:
                if pattern.search(plain):
                    yield f"{what}: {said!r}"


def check() -> int:
    """Print the faults and return the exit status."""
    lines = list(faults())
    for line in lines:
        print(line)
    return 1 if lines else 0


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["update", "compile", "check"])
    what = parser.parse_args().what
    if what == "check":
        return check()
    update() if what == "update" else compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
