"""What a PDF would do, beyond being read: found in its real structure, then in its bare bytes.

Runs in the child process only (see ``child.py``): its cost depends on what a stranger wrote.

The structure is what readers follow: every object, decrypted and taken out of compressed streams.
The bytes say what lies beside it, where a reader that mends broken files would look.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM, FILES, SENDS, OPENS, LINK = "program", "files", "sends", "opens", "link"
ACTS = {
    "/JavaScript": PROGRAM,
    "/JS": PROGRAM,
    "/Launch": PROGRAM,
    "/RichMedia": PROGRAM,
    "/RichMediaContent": PROGRAM,
    "/RichMediaExecute": PROGRAM,
    "/Rendition": PROGRAM,
    "/Movie": PROGRAM,
    "/OnInstantiate": PROGRAM,
    "/XFA": PROGRAM,
    "/EmbeddedFiles": FILES,
    "/EmbeddedFile": FILES,
    "/EF": FILES,
    "/FileAttachment": FILES,
    "/Collection": FILES,
    "/SubmitForm": SENDS,
    "/ImportData": SENDS,
    "/GoToR": OPENS,
    "/GoToE": OPENS,
}
"""Names that a page to be read needs nowhere, and what they would do."""
AS_VALUES = frozenset({"/Movie", "/Rendition", "/Collection"})
"""Said of something else too (a key of other dictionaries): they act as a type or a kind only."""
KINDS = ("/S", "/Subtype", "/Type")
RUNNING_SCHEMES = re.compile(r"(?:javascript|vbscript|livescript|data|file|jar|ms-[a-z-]{1,30}):")
LONGEST_SCHEME = 200
"""Signs of an address that are looked at, once those that nobody sees are gone."""

EACH = 1024
"""What looking into one compressed stream costs of the budget, however little there is."""
CHUNK = 4096
HEAD = 1024
"""Bytes in which a dictionary that names compressed objects ends."""
LONGEST_STRING = 100_000
SURE = 6
"""Signs of a name that no noise spells by chance."""
SPACE = rb"\x00\t\n\x0c\r "
END = SPACE + rb"()<>\[\]{}/%"
_NAME = re.compile(rb"/[^" + END + rb"]{4,60}")
_LOCKED = re.compile(rb"/Encrypt\b")
_OBJECT_STREAM = re.compile(rb"/(?:O|#4[Ff])[#0-9A-Za-z]{1,20}")
_BODY = re.compile(rb">>\s{0,8}stream\r?\n")
_STREAM = re.compile(rb"(?<!end)stream(?=[\r\n])")
_WORD = re.compile(
    rb"%[^\r\n]{0,20000}"
    rb"|/[^" + END + rb"]{0,200}"
    rb"|\("
    rb"|<[0-9A-Fa-f" + SPACE + rb"]{2,400}>"
)
_STRING = re.compile(rb"[^()\\]{1,20000}|\\[\s\S]|[()]")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


_LEFT_OUT = "deeply nested"
"""What the library says of what it has not read."""


class ActiveError(Exception):
    """The PDF would do something; the argument says what kind of thing."""


class EndlessError(Exception):
    """It grows without end."""


def refuse_active(content: bytes, budget: int) -> None:
    """Look everywhere; ``budget`` is how many bytes may be read or grown in compressed objects.

    Raises:
        ActiveError: it would do something.
        EndlessError: its compressed objects cost more than that.
        pikepdf.PasswordError: it opens with a password only, and its bytes show nothing.
        pikepdf.PdfError: it is locked or packed in a way that cannot be read.
    """
    for part in _outside_streams(content):
        _refuse_in_words(part)
    for part in _compressed_objects(content, budget):
        _refuse_in_words(part)
    _refuse_in_structure(content)


# ── The structure ─────────────────────────────────────────────────────────────────────────────


def _refuse_in_structure(content: bytes) -> None:
    import pikepdf  # noqa: PLC0415  (heavy; imported before the rights are given up)

    try:
        document = pikepdf.open(io.BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise
    except pikepdf.PdfError:  # other readers may still mend it
        _refuse_wherever_it_stands(content)
        if _LOCKED.search(content) or _has_packed_objects(content):
            raise  # they may find there what is not seen here
        return
    with document:
        waiting: list[Any] = [document.trailer]
        for thing in document.objects:
            waiting.append(thing)
            while waiting:
                waiting += _looked_at(waiting.pop(), pikepdf)
        if any(_LEFT_OUT in str(warning) for warning in document.get_warnings()):
            raise EndlessError


def _has_packed_objects(content: bytes) -> bool:
    return any(plain(match[0]) == b"/ObjStm" for match in _OBJECT_STREAM.finditer(content))


def _refuse_wherever_it_stands(content: bytes) -> None:
    """Judge names inside streams too, where nothing says what is one; short ones are chance."""
    for match in _NAME.finditer(content):
        name = plain(match[0]).decode("latin-1")
        if len(name) >= SURE:
            _refuse_name(name, is_kind=False)


def _looked_at(thing: Any, pikepdf: Any) -> Iterator[Any]:
    """Judge one object, and yield what lies directly in it; what it points to comes by itself."""
    if isinstance(thing, pikepdf.Array):
        yield from (item for item in thing if _holds_more(item, pikepdf))
        return
    if isinstance(thing, pikepdf.Stream):
        thing = thing.stream_dict
    if not isinstance(thing, pikepdf.Dictionary):
        return
    for key, value in thing.items():
        _refuse_name(key, is_kind=False)
        if isinstance(value, pikepdf.Name):
            _refuse_name(str(value), is_kind=key in KINDS)
        elif key == "/URI" and isinstance(value, pikepdf.String):
            refuse_running(bytes(value))
        elif _holds_more(value, pikepdf):
            yield value


def _holds_more(value: Any, pikepdf: Any) -> bool:
    """Say whether to go in: what stands by itself is met in the list of all objects."""
    is_pair = isinstance(value, (pikepdf.Array, pikepdf.Dictionary))
    return is_pair and not value.is_indirect


def _refuse_name(name: str, *, is_kind: bool) -> None:
    act = ACTS.get(name)
    if act is not None and (is_kind or name not in AS_VALUES):
        raise ActiveError(act)


def refuse_running(address: bytes) -> None:
    """Judge where a link leads; programs hide theirs behind signs that readers leave out.

    Raises:
        ActiveError: it would run something rather than lead somewhere.
    """
    if address.startswith((b"\xfe\xff", b"\xff\xfe")):
        text = address[: 4 * LONGEST_SCHEME].decode("utf-16", "ignore")
    else:
        text = address[: 4 * LONGEST_SCHEME].decode("latin-1")
    shown = "".join(sign for sign in text if sign > " " and sign != "\x7f")
    if RUNNING_SCHEMES.match(shown[:LONGEST_SCHEME].lower()):
        raise ActiveError(LINK)


# ── The bytes ─────────────────────────────────────────────────────────────────────────────────


def _outside_streams(content: bytes) -> Iterator[bytes]:
    """Yield what stands between the streams: objects, tables, and what was slipped in."""
    at = end = 0
    while begun := _STREAM.search(content, at):
        yield content[at : begun.start()]
        if end >= 0:  # where no end follows none is looked for again: that would never end
            end = content.find(b"endstream", begun.end())
        at = begun.end() if end < 0 else end + len(b"endstream")
    yield content[at:]


def _compressed_objects(content: bytes, budget: int) -> Iterator[bytes]:
    """Yield what streams of objects hold, whether a table names them or not.

    They may lie inside each other: without a budget few bytes could keep us busy for hours.
    """
    whole = memoryview(content)
    for match in _OBJECT_STREAM.finditer(content):
        if plain(match[0]) != b"/ObjStm":
            continue
        budget -= EACH
        if budget <= 0:
            raise EndlessError
        body = _BODY.search(content, match.end(), match.end() + HEAD)
        if body is not None:
            grown, budget = _inflated(whole[body.end() :], budget)
            yield grown


def _inflated(data: memoryview, budget: int) -> tuple[bytes, int]:
    """Return what can be read, and what is left of the budget; nothing is copied but the result."""
    inflater, inflated = zlib.decompressobj(), bytearray()
    for at in range(0, len(data), CHUNK):
        try:
            part = inflater.decompress(data[at : at + CHUNK], budget)
        except zlib.error:  # another filter, or encrypted: not readable here
            break
        inflated += part
        budget -= max(len(part), CHUNK)
        if budget <= 0:
            raise EndlessError
        if inflater.eof:
            break
    return bytes(inflated), budget


def _refuse_in_words(part: bytes) -> None:
    """Read names and links, stepping over comments and texts; once through, whatever it is."""
    at, last, has_texts = 0, "", True
    while match := _WORD.search(part, at):
        word = match[0]
        if part[at : match.start()].strip():
            last = ""
        at = match.end()
        if word.startswith(b"/"):
            name = plain(word).decode("latin-1")
            _refuse_name(name, is_kind=last in KINDS)
            last = name
            continue
        if word.startswith(b"<") and last == "/URI":
            refuse_running(_from_hexadecimal(word))
        elif word == b"(" and has_texts:
            text, at, has_texts = _text(part, at)
            if last == "/URI":
                refuse_running(text)
        last = ""


def _text(part: bytes, start: int) -> tuple[bytes, int, bool]:
    """Return a text, where it ends, and whether it does: after one that never ends, none is one."""
    depth, at = 1, start
    while at - start < LONGEST_STRING and (match := _STRING.match(part, at)):
        at = match.end()
        if match[0] == b"(":
            depth += 1
        elif match[0] == b")":
            depth -= 1
        if not depth:
            return part[start : at - 1].replace(b"\\", b""), at, True
    return b"", start, False


def _from_hexadecimal(word: bytes) -> bytes:
    digits = bytes(sign for sign in word if sign in b"0123456789abcdefABCDEF")
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def plain(name: bytes) -> bytes:
    """Return a name as readers see it: any of its signs may be written ``#xx``."""
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), name)
