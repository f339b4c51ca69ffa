"""Honest and hostile files, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image


def make_pdf(extra: bytes = b"", *, pages: int = 1) -> bytes:
    """Blank A4 pages, and whatever is to be hidden between them and the end."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    body += extra
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    )


def make_picture(kind: str = "JPEG", size=(120, 80), **options) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", size, (15, 76, 71))
    picture.putpixel((0, 0), (255, 255, 255))
    picture.save(out, kind, **options)
    return out.getvalue()


def make_png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that announces a huge picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 5000, 9))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def pdf():
    return make_pdf


@pytest.fixture
def picture():
    return make_picture


@pytest.fixture
def png_header():
    return make_png_header
