"""Files made to do harm: name, content, and how they are to end.

``refused`` by one of these codes, or ``kept``: inert, as one of the three types, under a clean
name. Each is made when it is asked for: no such bytes live in the repository.
"""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from tests.uploads.conftest import make_heic, make_pdf, make_picture, make_png_header

SCRIPT = b"<script>alert(document.cookie)</script>"


@dataclass(frozen=True)
class Hostile:
    """One file, and the codes of the refusals that are right; none: it is kept, harmless."""

    name: str
    make: Callable[[], bytes]
    refusals: frozenset[str]


def _zip(name: str, content: bytes, prefix: bytes = b"") -> bytes:
    out = io.BytesIO(prefix)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def _object_stream(packed: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    head = b"8 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter %s /Length %d >>\nstream\n"
    return head % (filters, len(packed)) + packed + b"\nendstream\nendobj\n"


def _png(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (8, 8)) -> bytes:
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )


def _pixels(width: int = 8, height: int = 8) -> tuple[bytes, bytes]:
    return b"IDAT", zlib.compress(b"\x00" * (height * (1 + 3 * width)), 9)


def _jpeg_with(segment: bytes) -> bytes:
    """A photo with a segment of its own right after the beginning."""
    photo = make_picture("JPEG")
    return photo[:2] + segment + photo[2:]


def _jpeg_of(width: int, height: int) -> bytes:
    """A small photo whose frame announces another size."""
    photo = bytearray(make_picture("JPEG"))
    at = photo.index(b"\xff\xc0") + 5
    photo[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(photo)


def _heic_of(width: int, height: int) -> bytes:
    size, other = struct.pack(">II", 120, 80), struct.pack(">II", width, height)
    return make_heic((120, 80)).replace(size, other)


def _page_of(width: int, height: int) -> bytes:
    return make_pdf().replace(b"[0 0 595 842]", b"[0 0 %d %d]" % (width, height))


def _endless_pages() -> bytes:
    """A tree of pages that is its own branch."""
    return make_pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")


def progressive(scans: int) -> bytes:
    """A photo whose last scan comes again and again: each one is decoded anew."""
    out = io.BytesIO()
    Image.new("RGB", (2500, 2500), (9, 9, 9)).save(out, "JPEG", progressive=True)
    photo = out.getvalue()
    last = photo.rindex(b"\xff\xda")
    return photo[:last] + photo[last:-2] * scans + b"\xff\xd9"


def _of(name: str, make: Callable[[], bytes], *refusals: str) -> Hostile:
    return Hostile(name, make, frozenset(refusals))


TYPE, DAMAGED, ACTIVE, HEIC = "file_type", "file_damaged", "file_active", "file_heic"
PIXELS, LARGE = "file_pixels", "file_too_large"


@functools.cache
def _bomb() -> bytes:
    """400 MB of nothing, packed: it takes a second to make, and never the memory."""
    packer, nothing = zlib.compressobj(9), bytes(1_000_000)
    return b"".join([packer.compress(nothing) for _ in range(400)]) + packer.flush()


FILES = [
    # What it says it is and is not
    _of("facture.pdf", lambda: b"<!doctype html>" + SCRIPT, TYPE),
    _of("logo.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", TYPE),
    _of("photo.jpg", lambda: b"<?xml version='1.0'?><svg>" + SCRIPT + b"</svg>", TYPE),
    _of("carte.pdf", lambda: b"MZ\x90\x00" + b"\x00" * 4000, TYPE),
    _of("carte.png", lambda: b"\x7fELF\x02\x01\x01" + b"\x00" * 400, TYPE),
    _of("contrat.docm", lambda: _zip("word/vbaProject.bin", b"\xd0\xcf\x11\xe0"), TYPE),
    _of("courrier.eml", lambda: b"From: a@example.org\r\nContent-Type: text/html\r\n\r\n", TYPE),
    _of("anime.gif", lambda: b"GIF89a/*" + b"\x00" * 60 + b"*/=1;alert(1)", TYPE),
    _of("page.ps", lambda: b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n", TYPE),
    _of("zeros.pdf", lambda: b"\x00" * 1_000_000, TYPE),
    # Two things at once
    _of("gifar.pdf", lambda: _zip("Main.class", b"\xca\xfe\xba\xbe", make_pdf()), DAMAGED),
    _of("photo.jpg", lambda: _zip("Main.class", b"\xca\xfe\xba\xbe", make_picture("JPEG"))),
    _of("photo.png", lambda: make_picture("PNG") + SCRIPT),
    _of("note.png", lambda: _png((b"tEXt", b"Comment\x00" + SCRIPT), _pixels())),
    _of("note.jpg", lambda: _jpeg_with(b"\xff\xfe\x00\x2a" + SCRIPT[:39] + b">")),
    _of("scan.pdf", lambda: make_pdf(b"% " + SCRIPT + b"\n")),
    _of("tete.pdf", lambda: SCRIPT + make_pdf()),
    _of("loin.pdf", lambda: SCRIPT * 30 + make_pdf(), TYPE),
    # Programs
    _of("piege.pdf", lambda: make_pdf(b"8 0 obj\n<</S/J#61vaScript/JS(app.alert(1))>>\nendobj\n"),
        ACTIVE),
    _of("lance.pdf", lambda: make_pdf(b"8 0 obj\n<</S /L#61unch /F (cmd.exe)>>\nendobj\n"), ACTIVE),
    _of("cache.pdf", lambda: make_pdf(_object_stream(zlib.compress(b"<</S /JavaScript>>"))),
        ACTIVE),
    # Bombs
    _of("bombe.pdf", lambda: make_pdf(_object_stream(_bomb())), DAMAGED),
    _of("poupees.pdf", lambda: make_pdf(_object_stream(
        zlib.compress(_bomb(), 9), b"[/FlateDecode /FlateDecode]"))),
    _of("petite.png", lambda: make_png_header(13_000, 13_000), PIXELS),
    _of("large.jpg", lambda: _jpeg_of(65_000, 65_000), PIXELS),
    _of("enorme.heic", lambda: _heic_of(60_000, 60_000), PIXELS),
    _of("menteuse.png", lambda: _png(_pixels(4000, 4000), size=(4000, 4000))),
    _of("texte.png", lambda: _png((b"zTXt", b"a\x00\x00" + _bomb()), _pixels()),
        DAMAGED),
    _of("profil.png", lambda: _png((b"iCCP", b"a\x00\x00" + _bomb()), _pixels()),
        DAMAGED),
    _of("scans.jpg", lambda: progressive(300)),
    _of("immense.pdf", lambda: _page_of(9_000_000, 9_000_000)),
    _of("boucle.pdf", _endless_pages),
    # Broken
    _of("vide.pdf", bytes, "file_empty"),
    _of("coupe.pdf", lambda: make_pdf()[:-40], DAMAGED),
    _of("coupee.png", lambda: make_picture("PNG", (400, 300))[:-30], DAMAGED),
    _of("coupee.jpg", lambda: make_picture("JPEG", (400, 300))[:400], DAMAGED),
    _of("bruit.jpg", lambda: b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(9000), DAMAGED),
    _of("bruit.pdf", lambda: b"%PDF-1.7\n" + random.Random(4).randbytes(9000), DAMAGED),
    _of("nul.png", lambda: make_png_header(0, 10), DAMAGED),
    _of("faux.heic", lambda: b"\x00\x00\x00\x18ftypheic" + b"\x00" * 3000, HEIC),
    _of("coupee.heic", lambda: make_heic((300, 200))[:-300], HEIC),
    _of("film.heic", lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1" + b"\x00" * 99,
        TYPE),
    _of("lourd.pdf", lambda: b"%PDF-1.7\n" + b"x" * 10_500_000, LARGE),
    # Names
    _of("../../../etc/cron.d/x", make_pdf),
    _of("C:\\Windows\\System32\\drivers\\etc\\hosts", make_pdf),
    _of("rib\u202efdp.exe", make_pdf),
    _of("a\r\nSet-Cookie: session=x\r\n\r\n<html>.pdf", make_pdf),
    _of('"; filename="x.html', make_picture),
    _of("x" * 5000 + ".php.jpg", make_picture),
    _of("\u200b\u2066\u0000.html", make_pdf),
]  # fmt: skip
