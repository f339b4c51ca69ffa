"""The judgement: what a file is, by its bytes, and whether we keep it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import puremagic

from core import native_pool
from uploads.errors import (
    DamagedFileError,
    EmptyFileError,
    FileTooLargeError,
    FileTypeError,
    HeicError,
)
from uploads.inspection import pdf, pictures

MAX_BYTES = 10_000_000
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
SYNONYMS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
LONGEST_NAME = 120
LONGEST_GIVEN = 1000
"""Signs that are looked at of the name that came: its end, where the extension is."""
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


@dataclass(frozen=True)
class Inspected:
    """Bytes that may be kept, and the name under which they are shown."""

    content: bytes
    content_type: str
    filename: str


def inspect(content: bytes, filename: str) -> Inspected:
    """Judge one file; a picture comes back as pixels only.

    Raises:
        FileRefusedError: with what to do about it, in words.
    """
    if not content:
        raise EmptyFileError
    if len(content) > MAX_BYTES:
        raise FileTooLargeError(MAX_BYTES, len(content))
    content_type = detect(content)
    if content_type == "application/pdf":
        native_pool.run(pdf.check, content)  # seconds, for a hostile one: pages go on meanwhile
    else:
        content = pictures.clean(content, content_type)
        if len(content) > 2 * MAX_BYTES:
            raise FileTooLargeError(MAX_BYTES)
    return Inspected(content, content_type, clean_name(filename, EXTENSIONS[content_type]))


def detect(content: bytes) -> str:
    """Name the type: the first bytes say it exactly, and a library that knows others agrees.

    Raises:
        FileTypeError: none of the accepted ones.
    """
    for signature, content_type in SIGNATURES:
        if content.startswith(signature):
            if content_type not in _guesses(content):
                raise DamagedFileError
            return content_type
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise HeicError
    raise FileTypeError


def _guesses(content: bytes) -> set[str]:
    try:
        return {guess.mime_type for guess in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()


def clean_name(filename: str, extension: str) -> str:
    """Keep a person's name for a file as a label: no path, no hidden sign, the true extension."""
    name = re.split(r"[/\\]", filename[-LONGEST_GIVEN:])[-1]
    name = "".join(sign for sign in name if not unicodedata.category(sign).startswith("C"))
    name = " ".join(unicodedata.normalize("NFC", name).split())
    stem, dot, given = name.rpartition(".")
    if not dot:
        stem, given = name, ""
    known = SYNONYMS.get(given.lower(), given.lower())
    if dot and known != extension and not re.fullmatch(r"[A-Za-z0-9]{1,5}", given):
        stem = name  # « Mme Roques. Diplôme » has no extension
    stem = stem.strip(". ")[:LONGEST_NAME] or "document"
    return f"{stem}.{extension}"
