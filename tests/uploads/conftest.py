"""Honest and hostile files, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image


def make_pdf(extra: bytes = b"") -> bytes:
    body = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" + extra
    )
    return body + b"xref\n0 3\ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n%d\n%%%%EOF\n" % len(
        body
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
