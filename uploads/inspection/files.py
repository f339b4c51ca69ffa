"""The judgement: what a file is, by its bytes, and whether we keep it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from uploads.errors import (
    DamagedFileError,
    EmptyFileError,
    FileRefusedError,
    FileTooLargeError,
    FileTypeError,
    HeicError,
    NotAPictureError,
    TooManyPartsError,
)
from uploads.inspection import antivirus, limited, pdf, pictures

MAX_BYTES = 10_000_000
"""Of one uploaded file."""
MOST_PARTS = 20
"""Photos and PDFs that become one document."""
MOST_TOGETHER = 50_000_000
"""Bytes of all of them."""
MERGING = 40
"""Seconds of computing for that."""
PDF, HEIC, WEBP, AVIF = "application/pdf", "image/heic", "image/webp", "image/avif"
TAKEN = {
    PDF: (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    HEIC: (".heic", ".heif"),
    WEBP: (".webp",),
    AVIF: (".avif",),
}
"""All that is accepted, and how such files are called: browsers offer exactly these."""
PICTURES = tuple(kind for kind in TAKEN if kind != PDF)
EXTENSIONS = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""Of what is kept."""
SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
SYNONYMS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
LONGEST_NAME = 120
LONGEST_GIVEN = 1000
"""Signs that are looked at of the name that came: its end, where the extension is."""
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
LONGEST_BRANDS = 256
"""Bytes of the first box of such a file, which names the kinds that it is good for."""


@dataclass(frozen=True)
class Inspected:
    """Bytes that may be kept, and the name under which they are shown."""

    content: bytes
    content_type: str
    filename: str
    pages: int | None
    """Of a PDF; 0 when it opens with a password only."""


def inspect(content: bytes, filename: str) -> Inspected:
    """Judge one file; a picture comes back as pixels only.

    Raises:
        FileRefusedError: with what to do about it, in words.
    """
    content_type = admit(content)
    pages = None
    if content_type == PDF:
        content = pdf.begin_at_first_byte(content)
        pages = pdf.inspect(content)
    else:
        content, content_type = _clean_picture(content, content_type)
        _refuse_swollen(content)
    return Inspected(content, content_type, clean_name(filename, EXTENSIONS[content_type]), pages)


def inspect_portrait(
    content: bytes, filename: str, box: tuple[float, float, float] | None
) -> Inspected:
    """Judge a picture of somebody, or a logo, and cut a square out of it.

    Raises:
        FileRefusedError: with what to do about it, in words.
    """
    content_type = admit(content)
    if content_type == PDF:
        raise NotAPictureError
    if box is not None and not all(0 <= part <= 1 for part in box):
        raise NotAPictureError
    try:
        content = pictures.portrait(content, content_type, box)
    except DamagedFileError as error:
        raise _damaged(content_type) from error
    return Inspected(content, "image/jpeg", clean_name(filename, "jpg"), None)


def inspect_pages(parts: Sequence[tuple[bytes, str]], filename: str) -> Inspected:
    """Judge several photos and PDFs and put them into one PDF, in that order.

    Raises:
        FileRefusedError: with what to do about it, in words.
    """
    if not parts:
        raise EmptyFileError
    if len(parts) > MOST_PARTS:
        raise TooManyPartsError
    refuse_too_much(parts)
    types, contents = [], []
    for content, _name in parts:
        content_type = admit(content)
        if content_type == PDF:
            content = pdf.begin_at_first_byte(content)  # noqa: PLW2901  (the same file, put right)
            pdf.inspect(content)
        else:
            pictures.measure(content, content_type)
        types.append(content_type)
        contents.append(content)
    whole = limited.run("merge", contents, seconds=MERGING, types=types)
    if len(whole) > MAX_BYTES:
        raise FileTooLargeError(MAX_BYTES, len(whole))
    name = filename or parts[0][1]
    return Inspected(whole, PDF, clean_name(name, "pdf"), pdf.inspect(whole))


def refuse_too_much(parts: Sequence[tuple[bytes, str]]) -> None:
    """Keep what is held in memory for one document within bounds.

    Raises:
        FileTooLargeError: the parts together are more than we join.
    """
    together = sum(len(content) for content, _name in parts)
    if together > MOST_TOGETHER:
        raise FileTooLargeError(MOST_TOGETHER, together)


def admit(content: bytes) -> str:
    """Judge the size, name the type, ask the antivirus; nothing is decoded yet.

    Raises:
        FileRefusedError: with what to do about it, in words.
        AntivirusUnavailableError: it is wanted, and does not answer.
    """
    content_type = recognise(content)
    antivirus.scan(content)
    return content_type


def recognise(content: bytes) -> str:
    """Judge the size and name the type: what can be said of a file at once.

    Raises:
        FileRefusedError: with what to do about it, in words.
    """
    if not content:
        raise EmptyFileError
    if len(content) > MAX_BYTES:
        raise FileTooLargeError(MAX_BYTES, len(content))
    return detect(content)


def _clean_picture(content: bytes, content_type: str) -> tuple[bytes, str]:
    try:
        cleaned = pictures.clean(content, content_type)
    except DamagedFileError as error:
        raise _damaged(content_type) from error
    return cleaned, next(kind for start, kind in SIGNATURES if cleaned.startswith(start))


def _damaged(content_type: str) -> FileRefusedError:
    """Say what helps: a photo of an iPhone that cannot be read may be sent in another format."""
    return HeicError() if content_type == HEIC else DamagedFileError()


def _refuse_swollen(content: bytes) -> None:
    if len(content) > 2 * MAX_BYTES:
        raise FileTooLargeError(MAX_BYTES)


def detect(content: bytes) -> str:
    """Name the type by the first bytes; whether the rest agrees is seen where it is read.

    Raises:
        FileTypeError: none of the accepted ones.
    """
    for signature, content_type in SIGNATURES:
        if content.startswith(signature):
            return content_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp":
        return _detect_by_brands(content)
    if pdf.is_pdf(content):
        return PDF
    raise FileTypeError


def _detect_by_brands(content: bytes) -> str:
    """Read which kinds of picture a file is good for; AVIF and HEIC share a general name."""
    end = min(int.from_bytes(content[:4], "big"), LONGEST_BRANDS)
    brands = {content[at : at + 4] for at in (8, *range(16, end - 3, 4))}
    if brands & AVIF_BRANDS:
        return AVIF
    if content[8:12] in HEIC_BRANDS:
        return HEIC
    raise FileTypeError


def clean_name(filename: str, extension: str) -> str:
    """Keep a person's name for a file as a label: no path, no hidden sign, the true extension."""
    name = clean_label(filename)
    stem, dot, given = name.rpartition(".")
    if not dot:
        stem, given = name, ""
    known = SYNONYMS.get(given.lower(), given.lower())
    if dot and known != extension and not re.fullmatch(r"[A-Za-z0-9]{1,5}", given):
        stem = name  # « Mme Roques. Diplôme » has no extension
    stem = stem.strip(". ")[:LONGEST_NAME] or "document"
    return f"{stem}.{extension}"


def clean_label(filename: str) -> str:
    """Leave out of a name its path, its hidden signs and its doubled spaces."""
    name = re.split(r"[/\\]", filename[-LONGEST_GIVEN:])[-1]
    name = "".join(sign for sign in name if not unicodedata.category(sign).startswith("C"))
    return " ".join(unicodedata.normalize("NFC", name).split())
