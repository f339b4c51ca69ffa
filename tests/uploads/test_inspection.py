"""What is kept and what is refused: judged by the bytes, whatever the name says."""

from __future__ import annotations

import io
import random
import zlib

import pytest
from PIL import Image
from structlog.testing import capture_logs

from core.transaction import transaction
from uploads.errors import (
    ActivePdfError,
    DamagedFileError,
    EmptyFileError,
    FileTooLargeError,
    FileTypeError,
    HeicError,
    TooManyPixelsError,
)
from uploads.inspection import pdf as pdf_rules
from uploads.inspection.files import MAX_BYTES, clean_name, inspect
from uploads.inspection.pdf_acts import EndlessError
from uploads.inspection.pictures import jpeg_size, png_size

pytestmark = pytest.mark.usefixtures("app")  # messages are translated


def test_an_honest_pdf_is_kept_byte_for_byte(pdf):
    content = pdf()

    found = inspect(content, "C:\\Scans\\RIB.PDF")

    assert found.content == content
    assert found.content_type == "application/pdf"
    assert found.filename == "RIB.pdf"


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_is_kept_as_pixels_only(picture, exif, kind, mime):
    options = {"exif": exif()} if kind == "JPEG" else {}

    found = inspect(picture(kind, **options) + b"<script>alert(1)</script>", "photo.bin")

    assert found.content_type == mime
    assert b"script" not in found.content
    kept = Image.open(io.BytesIO(found.content))
    assert kept.size == (120, 80)
    assert not kept.getexif()


@pytest.mark.covers("case-U5")
def test_a_photo_that_lies_on_its_side_is_stood_up_and_forgets_where_it_was_taken(picture, exif):
    found = inspect(picture("JPEG", exif=exif(orientation=6)), "carte.jpg")

    kept = Image.open(io.BytesIO(found.content))
    assert kept.size == (80, 120)
    assert b"Exif" not in found.content
    assert b"GPS" not in found.content


def test_an_empty_file_is_refused():
    with pytest.raises(EmptyFileError):
        inspect(b"", "vide.pdf")


def test_a_file_beyond_the_limit_is_refused_with_both_figures(pdf, app):
    from flask_babel import force_locale

    with force_locale("fr"), pytest.raises(FileTooLargeError) as refusal:
        inspect(b"%PDF-" + b"x" * 14_000_000, "scan.pdf")

    assert "14" in str(refusal.value.message)
    assert "10" in str(refusal.value.message)
    assert inspect(_padded(pdf(), MAX_BYTES), "juste.pdf").content_type == "application/pdf"


def _padded(content: bytes, size: int) -> bytes:
    head, tail = content.split(b"xref\n", 1)
    return head + b"%" + b"x" * (size - len(content) - 2) + b"\nxref\n" + tail


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "facture.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.png"),
        (b"alert(document.cookie)", "photo.jpg"),
        (b"PK\x03\x04" + b"\x00" * 60, "contrat.docm"),
        (b"MZ" + b"\x00" * 200, "carte.pdf"),
        (b"From: a@example.org\r\nSubject: x\r\n\r\nbonjour", "courrier.eml"),
        (b"GIF89a" + b"\x00" * 50, "anime.gif"),
        (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-TEST", "essai.pdf"),
        (b"\n" * 1024 + b"%PDF-1.7 the header is too far away", "tard.pdf"),
        (b"II*\x00" + b"\x00" * 60, "scan.tiff"),
        (b"BM" + b"\x00" * 60, "dessin.bmp"),
    ],
)
def test_what_is_none_of_the_three_types_is_refused_whatever_its_name(content, name):
    with pytest.raises(FileTypeError):
        inspect(content, name)


@pytest.mark.covers("U53")
def test_a_photo_of_an_iphone_is_kept_as_jpeg_and_forgets_where_it_was_taken(heic, exif):
    photo = heic((64, 48), exif=exif(orientation=1))
    assert b"GPS of" in photo

    found = inspect(photo, "IMG_0001.HEIC")

    assert (found.content_type, found.filename) == ("image/jpeg", "IMG_0001.jpg")
    kept = Image.open(io.BytesIO(found.content))
    assert (kept.format, kept.size) == ("JPEG", (64, 48))
    assert not kept.getexif()
    assert b"GPS" not in found.content


@pytest.mark.covers("U53")
@pytest.mark.parametrize("content", [b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, None])
def test_a_photo_of_an_iphone_that_cannot_be_read_is_refused_with_an_explanation(heic, content):
    content = content or heic()[:-200]

    with pytest.raises(HeicError) as refusal:
        inspect(content, "IMG_0001.HEIC")

    assert "HEIC" in str(refusal.value.message)


def test_a_heic_photo_that_announces_a_huge_picture_is_refused_by_its_header(heic, monkeypatch):
    size = (120).to_bytes(4, "big") + (80).to_bytes(4, "big")
    photo = heic((120, 80))
    assert size in photo
    huge = photo.replace(size, (13_000).to_bytes(4, "big") * 2)

    def never(*_args, **_kwargs):
        raise AssertionError("nothing may be decoded")

    monkeypatch.setattr("subprocess.run", never)
    with pytest.raises(TooManyPixelsError):
        inspect(huge, "enorme.heic")


def test_a_small_png_that_announces_a_huge_picture_is_refused_by_its_header(
    png_header, monkeypatch
):
    def never(*_args, **_kwargs):
        raise AssertionError("nothing may be decoded")

    monkeypatch.setattr("subprocess.run", never)

    with pytest.raises(TooManyPixelsError):
        inspect(png_header(13_000, 13_000), "petite.png")


def test_a_picture_whose_pixels_do_not_follow_is_damaged(png_header):
    with pytest.raises(DamagedFileError):
        inspect(png_header(4000, 4000), "trop-court.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_truncated_picture_is_refused(picture, kind):
    whole = picture(kind, size=(400, 300))

    with pytest.raises(DamagedFileError):
        inspect(whole[: len(whole) // 2], "coupee.jpg")


def test_a_truncated_pdf_is_refused(pdf):
    with pytest.raises(DamagedFileError):
        inspect(pdf()[:-30], "coupe.pdf")


def test_something_glued_after_the_end_of_a_pdf_is_refused(pdf):
    with pytest.raises(DamagedFileError):
        inspect(pdf() + b"PK\x05\x06" + b"\x00" * 18, "gifar.pdf")


@pytest.mark.parametrize(
    "object_",
    [
        b"3 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n",
        b"3 0 obj\n<< /S /J#61vaScript /JS (app.alert(1)) >>\nendobj\n",
        b"3 0 obj\n<< /S /#4a#61#76#61#53cript >>\nendobj\n",
        b"3 0 obj\n<</S/Launch/F(cmd.exe)>>\nendobj\n",
    ],
)
def test_a_pdf_that_would_run_something_is_refused(pdf, object_):
    with pytest.raises(ActivePdfError):
        inspect(pdf(object_), "piege.pdf")


def test_a_program_hidden_in_compressed_objects_is_found(pdf):
    with pytest.raises(ActivePdfError):
        inspect(pdf(_object_stream(b"<< /S /JavaScript /JS (app.alert(1)) >>")), "cache.pdf")


def test_compressed_objects_that_never_end_are_refused(pdf):
    with pytest.raises(DamagedFileError):
        inspect(pdf(_object_stream(b"\x00" * (pdf_rules.BUDGET + 10))), "bombe.pdf")


@pytest.mark.parametrize(
    "stream",
    [b"/ObjStm >>stream\n", b"/ObjStm >>stream\n" + zlib.compress(b"x" * 30)],
    ids=["nothing", "little"],
)
def test_a_hundred_thousand_compressed_objects_are_not_all_looked_into_case_u3(pdf, stream):
    """Each one is quick to look into; all of them kept everybody waiting for minutes."""
    with capture_logs() as said, pytest.raises(DamagedFileError):
        inspect(pdf(stream * 100_000), "lent.pdf")
    [line] = said
    assert line["reason"] == [f"{EndlessError.__module__}.EndlessError"], "it ran into its limit"


def test_objects_inside_objects_cost_what_they_are_read_case_u3(pdf):
    """Each stream lies in a stored block of the one before, and reads all that follows."""
    head = b"/ObjStm >>stream\n\x78\x9c"
    size = len(head).to_bytes(2, "little")
    block = b"\x00" + size + bytes(255 - one for one in size) + head
    nested = head + block * 1000 + b"\x00\x00\x00\xff\xff" * 20_000
    with pytest.raises(DamagedFileError):
        inspect(pdf(nested), "poupees.pdf")


def test_a_program_before_a_fault_of_compression_is_found(pdf):
    noise = random.Random(7).randbytes(9000)
    packed = _object_stream(b"<< /S /JavaScript /JS (app.alert(1)) >>" + noise)
    broken = packed[:-40] + b"\xff" * 10 + packed[-30:]
    with pytest.raises(ActivePdfError):
        inspect(pdf(broken), "casse.pdf")


def test_honest_compressed_objects_are_kept(pdf):
    content = pdf(_object_stream(b"<< /Type /Page /Title (JavaScript pour les nuls) >>"))

    assert inspect(content, "livre.pdf").content == content


def _object_stream(objects: bytes) -> bytes:
    packed = zlib.compress(objects, 9)
    return (
        b"4 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )


def test_sizes_are_read_from_headers_and_nonsense_gives_none(picture, png_header):
    assert jpeg_size(picture("JPEG", size=(321, 123))) == (321, 123)
    assert png_size(png_header(7, 9)) == (7, 9)
    assert jpeg_size(b"\xff\xd8\xff\xe0\x00\x00" * 3) is None
    assert jpeg_size(b"\xff\xd8" + b"\xff" * 50) is None
    assert jpeg_size(b"\xff\xd8" + b"\xff" * 20_000 + picture("JPEG")[2:]) is None
    assert png_size(b"\x89PNG\r\n\x1a\n") is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("rib.pdf", "rib.pdf"),
        ("rib.html", "rib.pdf"),
        ("Diplôme d’État.pdf", "Diplôme d’État.pdf"),
        ("Mme Roques. Diplôme", "Mme Roques. Diplôme.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        (".pdf", "document.pdf"),
        ("x" * 400 + ".pdf", "x" * 120 + ".pdf"),
        ("x" * 1_000_000, "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_a_label_without_path_or_hidden_sign(given, kept):
    assert clean_name(given, "pdf") == kept


def test_decoding_inside_a_transaction_is_refused(picture):
    with pytest.raises(RuntimeError, match="before the operation"), transaction():
        inspect(picture(), "photo.jpg")
