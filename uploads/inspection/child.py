"""A program of its own: reads pictures and PDF pages from standard input, writes them anew.

It runs in a child process, because decoders are where hostile files strike: what goes wrong
here, goes wrong with little time, little memory, no file and nothing worth stealing. The pictures
that it writes hold pixels only: position, author and anything glued to them are gone, and the
orientation is applied. It imports nothing of ours but its own neighbour, so that it starts quickly.

Its argument is one JSON object: ``task``, ``sizes`` (of the files that follow each other on
standard input) and what the task needs.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, MpoImagePlugin, PdfImagePlugin, TiffImagePlugin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
PDF = "application/pdf"
ROOT = Path(__file__).parents[2]
LATE_IMPORTS = (MpoImagePlugin, PdfImagePlugin, TiffImagePlugin)
"""What Pillow would import in the middle of its work, when no file opens any more."""
LATE_PLUGINS = {"image/webp": "WebPImagePlugin", "image/avif": "AvifImagePlugin"}
MEMORY = 1_500_000_000
"""Bytes of address space: the largest photo decoded, or 40 million pixels turned and copied."""
MOST_PIXELS = {"image/jpeg": 200_000_000, "image/heic": 120_000_000}
"""Of what is decoded smaller than it is, or made smaller at once."""
KEPT_PIXELS = 40_000_000
"""Of everything else, and of what is worked on and kept."""
MOST_WRITTEN = 20_000_000
"""Bytes of what is handed back: the parent holds them in memory."""
PORTRAIT = 512
LONGEST_SIDE = 2400
"""Pixels of a photo that becomes a page: an A4 sheet at 200 points an inch."""
INCHES = 11.0
"""Of the longest side of such a page, about A4."""
OPAQUE = 255
TALLEST = 4
"""How many times its width a page image may be high."""
IS_LOCKED = 3
"""The exit status that says: a password is needed."""
IS_ACTIVE = 4
"""The one that says: this PDF would do something; what kind of thing is written out."""
IS_TOO_LARGE = 5
"""The one that says: more pixels than we decode."""


class RefusedError(Exception):
    """Not what we keep: with the exit status that says why, and a word about it."""

    def __init__(self, status: int, word: str = "") -> None:
        super().__init__(status, word)
        self.status, self.word = status, word


def give_up_rights(seconds: int) -> None:
    """Leave this process nothing but computing, for a while."""
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # those already open stay open; nothing else opens
    ]
    for limit, value in limits:
        hard = resource.getrlimit(limit)[1]
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (wanted, wanted))
        except (ValueError, OSError):  # not every system knows every limit (macOS: RLIMIT_AS)
            continue


# ── Pictures ──────────────────────────────────────────────────────────────────────────────────


def clean(content: bytes, *, type: str) -> bytes:  # noqa: A002  (a key of the order)
    """Decode, turn, and write pixels only; what few programs can show becomes a JPEG or a PNG."""
    picture = _turned(content, type)
    written = io.BytesIO()
    if type == "image/png" or (type != "image/jpeg" and _is_see_through(picture)):
        picture.info = {k: v for k, v in picture.info.items() if k == "transparency"}
        picture.save(written, "PNG", exif=b"")
    else:
        if picture.mode not in {"L", "RGB"}:
            picture = picture.convert("RGB")
        _write_jpeg(picture, written, 88)
    return written.getvalue()


def _is_see_through(picture: Any) -> bool:
    return picture.mode in {"LA", "RGBA"} and picture.getchannel("A").getextrema()[0] < OPAQUE


def portrait(content: bytes, *, type: str, box: Sequence[float] | None) -> bytes:  # noqa: A002
    """Cut a square out of the turned picture and make it 512 by 512.

    ``box`` is left, top and side: fractions of the width, of the height and of the shorter side.
    """
    picture = _flat(_turned(content, type))
    shorter = min(picture.size)
    if box is None:
        side = shorter
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
    else:
        side = max(1, min(shorter, round(box[2] * shorter)))
        left = max(0, min(picture.width - side, round(box[0] * picture.width)))
        top = max(0, min(picture.height - side, round(box[1] * picture.height)))
    square = picture.resize(
        (PORTRAIT, PORTRAIT), Image.Resampling.LANCZOS, (left, top, left + side, top + side)
    )
    return _jpeg(square, 88)


def reduce(content: bytes, *, type: str, width: int) -> bytes:  # noqa: A002
    """Make a picture no wider than ``width``, as JPEG."""
    picture = _flat(_turned(content, type))
    picture.thumbnail((width, width * TALLEST), Image.Resampling.LANCZOS)
    return _jpeg(picture, 85)


def _turned(content: bytes, content_type: str) -> Any:
    with Image.open(io.BytesIO(content), formats=[FORMATS[content_type]]) as opened:
        pixels = opened.width * opened.height
        if pixels > MOST_PIXELS.get(content_type, KEPT_PIXELS):
            raise RefusedError(IS_TOO_LARGE)
        divisor = next(factor for factor in (1, 2, 4, 8) if pixels <= KEPT_PIXELS * factor * factor)
        if content_type == "image/jpeg" and divisor > 1:
            opened.draft(None, (opened.width // divisor, opened.height // divisor))
        opened.load()
        if opened.width * opened.height <= KEPT_PIXELS:
            return ImageOps.exif_transpose(opened)
        smaller = opened.reduce(divisor)
        smaller.info["exif"] = opened.info.get("exif", b"")
        return ImageOps.exif_transpose(smaller)


def _flat(picture: Any) -> Any:
    """Lay what is transparent on white."""
    if "transparency" in picture.info or picture.mode in {"LA", "PA", "RGBA"}:
        whole = picture.convert("RGBA")
        paper = Image.new("RGB", whole.size, "white")
        paper.paste(whole, mask=whole.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _jpeg(picture: Any, quality: int) -> bytes:
    written = io.BytesIO()
    _write_jpeg(picture, written, quality)
    return written.getvalue()


def _write_jpeg(picture: Any, written: io.BytesIO, quality: int) -> None:
    picture.info = {}
    picture.save(written, "JPEG", quality=quality, exif=b"")


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────


def judge(content: bytes, *, budget: int) -> bytes:
    """Refuse a PDF that would do something, and say how many pages another one has."""
    from pikepdf import PasswordError  # noqa: PLC0415  (imported before: see import_libraries)

    from uploads.inspection.pdf_acts import ActiveError, refuse_active  # noqa: PLC0415  (same)

    try:
        refuse_active(content, budget)
    except ActiveError as error:
        raise RefusedError(IS_ACTIVE, str(error)) from error
    except PasswordError as error:
        raise RefusedError(IS_LOCKED) from error
    return count(content)


def count(content: bytes) -> bytes:
    """Say how many pages a PDF has: that it opens at all is worth knowing too."""
    return b"%d" % len(_opened(content))


def render(content: bytes, *, page: int, width: int) -> bytes:
    """Draw one page, numbered from 1, as a JPEG of that width."""
    shown = _opened(content)[page - 1]
    across, high = shown.get_size()
    scale = min(width / across, width * TALLEST / high)
    drawn = shown.render(scale=scale, may_draw_forms=False).to_pil()
    return _jpeg(_flat(drawn).crop((0, 0, min(width, drawn.width), drawn.height)), 85)


def merge(*contents: bytes, types: Sequence[str]) -> bytes:
    """Put photos and the pages of PDFs one after the other, into one PDF."""
    from pypdfium2 import PdfDocument  # noqa: PLC0415  (imported before: see LIBRARIES)

    whole = PdfDocument.new()
    for content, content_type in zip(contents, types, strict=True):
        sheets = content if content_type == PDF else _sheet(content, content_type)
        whole.import_pages(_opened(sheets))
    written = io.BytesIO()
    whole.save(written)
    return written.getvalue()


def _opened(content: bytes) -> Any:
    from pypdfium2 import PdfDocument, PdfiumError, raw  # noqa: PLC0415  (imported before)

    try:
        return PdfDocument(content)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise RefusedError(IS_LOCKED) from error
        raise


def _sheet(content: bytes, content_type: str) -> bytes:
    picture = _flat(_turned(content, content_type))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture.info = {}
    written = io.BytesIO()
    picture.save(written, "PDF", resolution=max(picture.size) / INCHES, quality=82)
    return written.getvalue()


# ── The program ───────────────────────────────────────────────────────────────────────────────

TASKS: dict[str, Callable[..., bytes]] = {
    "clean": clean,
    "portrait": portrait,
    "reduce": reduce,
    "judge": judge,
    "count": count,
    "render": render,
    "merge": merge,
}


def import_libraries(task: str, types: Sequence[str]) -> None:
    """Import what the task will need while files may still be opened."""
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None  # counted above: Pillow would only warn
    if "image/heic" in types:
        from pillow_heif import register_heif_opener  # noqa: PLC0415  (heavy; only for HEIC)

        register_heif_opener(thumbnails=False, decode_threads=1)
    for content_type, plugin in LATE_PLUGINS.items():
        if content_type in types:
            import_module(f"PIL.{plugin}")
    if task in {"judge", "count", "render", "merge"}:
        import pypdfium2  # noqa: F401, PLC0415  (heavy; only for PDF)
    if task == "judge":
        import pikepdf  # noqa: PLC0415  (same)

        # What opens locks wants its source of chance, and finds it once for all.
        pikepdf.new().save(io.BytesIO(), encryption=pikepdf.Encryption(owner="o", user=""))
        sys.path.append(str(ROOT))
        from uploads.inspection import pdf_acts  # noqa: F401, PLC0415  (where the program is is known now)


def main() -> None:
    """Read, give up every right, work, write."""
    order = json.loads(sys.argv[1])
    task, sizes, seconds = order.pop("task"), order.pop("sizes"), order.pop("seconds")
    files = [sys.stdin.buffer.read(size) for size in sizes]
    import_libraries(task, order.get("types") or [order.get("type")])
    give_up_rights(seconds)
    try:
        written = TASKS[task](*files, **order)
    except RefusedError as error:
        sys.stdout.write(error.word)
        sys.exit(error.status)
    if len(written) > MOST_WRITTEN:
        sys.exit("too much to hand back")
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
