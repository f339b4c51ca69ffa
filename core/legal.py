"""Legal texts: short files that a host replaces by putting others of the same name in a folder.

A file begins with « Version: … » and holds a title (#), headings (##), lists (-) and paragraphs.
``{name}`` and ``{contact}`` stand for the installation's own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.config import InstanceConfig
from core.problems import ConfigError

OURS = Path(__file__).resolve().parent.parent / "templates" / "legal"
TERMS = "conditions-generales"
DATA = "donnees-personnelles"
SLUGS = (TERMS, "conditions-du-site", DATA, "cookies", "referencement", "mentions-legales")
"""In the order of the list; each is a file ``<slug>.txt``."""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph or a list."""

    kind: str
    """``h2``, ``p`` or ``ul``."""
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LegalText:
    """One text as it is shown now."""

    slug: str
    version: str
    digest: str
    title: str
    blocks: list[Block]


class LegalTextError(ConfigError):
    """A text cannot be shown: no version, or no title."""


def read(slug: str, instance: InstanceConfig) -> LegalText:
    """Return the host's text, else ours.

    Raises:
        KeyError: there is no text of this name.
        LegalTextError: the file is not written as texts are.
    """
    if slug not in SLUGS:
        raise KeyError(slug)
    theirs = Path(instance.legal_dir) / f"{slug}.txt" if instance.legal_dir else None
    path = theirs if theirs is not None and theirs.is_file() else OURS / f"{slug}.txt"
    text = path.read_text("utf-8")
    text = text.replace("{name}", instance.name).replace("{contact}", instance.contact_email)
    return _parsed(slug, text)


@lru_cache(maxsize=32)
def _parsed(slug: str, text: str) -> LegalText:
    head, _, body = text.lstrip("\ufeff").partition("\n")
    label, _, version = head.partition(":")
    if label.strip().lower() != "version" or not version.strip():
        raise LegalTextError(f"{slug}: the first line must be « Version: … »")
    title, blocks = "", []
    for piece in body.split("\n\n"):
        lines = [line.strip() for line in piece.strip().splitlines()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            title = lines[0][2:]
        elif lines[0].startswith("## "):
            blocks.append(Block("h2", [lines[0][3:]]))
        elif all(line.startswith("- ") for line in lines):
            blocks.append(Block("ul", [line[2:] for line in lines]))
        else:
            blocks.append(Block("p", [" ".join(lines)]))
    if not title:
        raise LegalTextError(f"{slug}: a line « # … » must give the title")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return LegalText(slug, version.strip()[:40], digest, title, blocks)
