"""Honest and hostile files, made on the spot."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from itertools import cycle

import pytest
from PIL import Image
from pillow_heif import HeifImagePlugin  # noqa: F401  (lets Pillow write HEIC)

from core.config import StorageConfig
from core.transaction import transaction
from tests import factories as make


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


def make_exif(orientation: int = 1) -> bytes:
    """What a camera writes: how it was held, its owner, and where."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "GPS of somebody's home"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (43.0, 36.0, 16.0)
    return exif.tobytes()


def make_heic(size=(120, 80), **options) -> bytes:
    """A photo as iPhones keep it."""
    return make_picture("HEIF", size, **options)


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def make_locked_pdf(password: bytes = b"soleil") -> bytes:
    """A PDF that opens with a password only, by the first method that the format knew."""
    entry = (password + PADDING)[:32]
    owner = _rc4(hashlib.md5(entry, usedforsecurity=False).digest()[:5], entry)
    rights, name = -44, b"0123456789abcdef"
    seed = entry + owner + rights.to_bytes(4, "little", signed=True) + name
    user = _rc4(hashlib.md5(seed, usedforsecurity=False).digest()[:5], PADDING)
    lock = b"9 0 obj\n<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >>\nendobj\n" % (
        owner.hex().encode(),
        user.hex().encode(),
        rights,
    )
    plain = make_pdf(lock)
    place = plain.index(b"9 0 obj")
    table = b"9 1\n%010d 00000 n \ntrailer\n<< /Encrypt 9 0 R /ID [<%s> <%s>] " % (
        place,
        name.hex().encode(),
        name.hex().encode(),
    )
    return plain.replace(b"trailer\n<< ", table).replace(b"/Size 4", b"/Size 10")


def _rc4(key: bytes, data: bytes) -> bytes:
    box, at = list(range(256)), 0
    for one, sign in zip(range(256), cycle(key), strict=False):
        at = (at + box[one] + sign) % 256
        box[one], box[at] = box[at], box[one]
    one = at = 0
    out = bytearray()
    for byte in data:
        one = (one + 1) % 256
        at = (at + box[one]) % 256
        box[one], box[at] = box[at], box[one]
        out.append(byte ^ box[(box[one] + box[at]) % 256])
    return bytes(out)


def stored_paths(app) -> list:
    """Every file of the local storage."""
    folder = app.config["ALVEOLE"].data_path / "files"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.fixture(autouse=True)
def _empty_folder(request):
    """Begin without the files of other tests."""
    app = request.getfixturevalue("app") if "app" in request.fixturenames else None
    for path in stored_paths(app) if app else []:
        path.unlink()


@pytest.fixture(scope="module")
def s3_config(s3_server):
    """A bucket of one's own on a server that answers."""
    return StorageConfig(
        backend="s3",
        s3_endpoint=s3_server.endpoint,
        s3_region=s3_server.region,
        s3_bucket=s3_server.new_bucket(),
        s3_access_key=s3_server.access_key,
        s3_secret_key=s3_server.secret_key,
    )


@pytest.fixture
def bob(app):
    with transaction():
        return make.user("bob", "Bob Garnier")


@pytest.fixture
def exif():
    return make_exif


@pytest.fixture
def heic():
    return make_heic


@pytest.fixture
def locked_pdf():
    return make_locked_pdf()


@pytest.fixture
def pdf():
    return make_pdf


@pytest.fixture
def picture():
    return make_picture


@pytest.fixture
def png_header():
    return make_png_header


@pytest.fixture
def client(bob, sign_in):
    """Bob's browser."""
    return sign_in(bob)
