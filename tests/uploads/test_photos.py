"""Photos that telephones and browsers really make: large ones, and those of the newer formats.

The child that decodes them may address 1.5 GB and no more: what passes here has passed within that.
"""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.uploads.conftest import make_exif, make_heic, make_picture, make_png_header
from uploads.errors import DamagedFileError, FileTypeError, HeicError, TooManyPixelsError
from uploads.inspection import child, pictures
from uploads.inspection.files import MAX_BYTES, detect, inspect, inspect_pages, inspect_portrait

pytestmark = pytest.mark.usefixtures("app")  # messages are translated
MILLION = 1_000_000


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def large(width: int, height: int, mode: str = "RGB", **options) -> bytes:
    """A photo of many pixels and few bytes: dark on the left, light on the right."""
    slope = Image.linear_gradient("L").rotate(90).resize((width, height))
    out = io.BytesIO()
    slope.convert(mode).save(out, "JPEG", quality=40, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        (8000, 6000, {}),
        (12_000, 9000, {"exif": make_exif(orientation=6)}),
        pytest.param(12_000, 9000, {"progressive": True}, marks=pytest.mark.slow),
        pytest.param(16_320, 12_240, {"mode": "L"}, marks=pytest.mark.slow),
    ],
    ids=["48-mpx", "108-mpx", "108-mpx-progressive", "200-mpx"],
)
def test_a_photo_of_many_pixels_is_taken_smaller_upright_and_without_its_place(
    width, height, options
):
    photo = large(width, height, **options)
    assert len(photo) < MAX_BYTES

    found = inspect(photo, "IMG_0001.jpg")

    kept = opened(found.content)
    longest, shortest = max(kept.size), min(kept.size)
    assert MILLION * 8 < longest * shortest <= child.KEPT_PIXELS
    assert longest / shortest == pytest.approx(width / height, rel=0.01)
    assert (kept.height > kept.width) == ("exif" in options)
    assert not kept.getexif()
    assert b"GPS" not in found.content


def test_it_is_a_portrait_and_a_page_too():
    photo = large(12_000, 9000)

    portrait = inspect_portrait(photo, "moi.jpg", (0.5, 0.0, 0.5))
    pages = inspect_pages([(photo, "a.jpg"), (make_picture(), "b.jpg")], "")

    assert opened(portrait.content).size == (512, 512)
    assert pages.pages == 2


@pytest.mark.slow
def test_a_heic_photo_of_48_million_pixels_is_taken_smaller():
    photo = make_heic((8064, 6048), quality=20, enc_params={"preset": "ultrafast"})

    kept = opened(inspect(photo, "IMG_0001.HEIC").content)

    assert kept.format == "JPEG"
    assert kept.size == (4032, 3024)


@pytest.mark.parametrize(
    ("content_type", "million"),
    [("image/jpeg", 200), ("image/heic", 120), ("image/png", 40), ("image/webp", 40)],
)
def test_the_limit_of_each_kind_is_judged_by_its_header_and_said(content_type, million):
    side = {200: 14_142, 120: 10_954, 40: 6324}[million]
    header = {
        "image/jpeg": _jpeg_header,
        "image/heic": lambda size: b"\x00\x00\x00\x14ispe" + bytes(4) + _four(size) * 2,
        "image/png": lambda size: make_png_header(size, size),
        "image/webp": lambda size: b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + _three(size - 1) * 2,
    }[content_type]

    pictures.measure(header(side), content_type)
    with pytest.raises(TooManyPixelsError) as refusal:
        pictures.measure(header(side + 1), content_type)

    assert str(million) in str(refusal.value.message)
    assert pictures.MOST_PIXELS.get(content_type, pictures.KEPT_PIXELS) == million * MILLION


def test_the_child_has_the_same_limits_and_judges_what_hides_its_size():
    assert child.MOST_PIXELS == pictures.MOST_PIXELS
    assert child.KEPT_PIXELS == pictures.KEPT_PIXELS
    photo = make_picture("AVIF", (120, 80))
    at = photo.index(b"ispe") + 8
    huge = photo[:at] + _four(60_000) * 2 + photo[at + 8 :]
    hidden = huge.replace(b"\x00\x00\x00\x14ispe", b"\x00\x00\x00\x15ispe")
    for content in (huge, hidden):
        with pytest.raises((TooManyPixelsError, DamagedFileError)):
            inspect(content, "enorme.avif")


def _jpeg_header(side: int) -> bytes:
    photo = bytearray(make_picture("JPEG"))
    at = photo.index(b"\xff\xc0") + 5
    photo[at : at + 4] = side.to_bytes(2, "big") * 2
    return bytes(photo)


def _four(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_the_formats_of_browsers_are_kept_as_jpeg_upright_and_without_their_place(kind):
    photo = make_picture(kind, (64, 48), exif=make_exif(orientation=6))
    assert b"GPS of" in photo

    found = inspect(photo, f"photo.{kind.lower()}")

    kept = opened(found.content)
    assert (found.content_type, found.filename) == ("image/jpeg", "photo.jpg")
    assert (kept.format, kept.size) == ("JPEG", (48, 64))
    assert not kept.getexif()
    assert b"GPS" not in found.content
    assert opened(inspect_portrait(photo, "moi", None).content).size == (512, 512)
    assert inspect_pages([(photo, "a"), (photo, "b")], "").pages == 2


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
@pytest.mark.parametrize(("alpha", "kept_as"), [(0, "PNG"), (255, "JPEG")])
def test_what_is_see_through_stays_so(kind, alpha, kept_as):
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (15, 76, 71, alpha)).save(out, kind, lossless=kind == "WEBP")

    found = inspect(out.getvalue(), "logo")

    assert opened(found.content).format == kept_as
    assert found.content_type == f"image/{kept_as.lower()}"


def test_a_moving_picture_is_kept_by_its_first_moment():
    out = io.BytesIO()
    moments = [Image.new("RGB", (40, 30), tone) for tone in ("white", "black")]
    moments[0].save(out, "WEBP", save_all=True, append_images=moments[1:], duration=100)

    kept = opened(inspect(out.getvalue(), "anime.webp").content)

    assert (kept.format, kept.getpixel((9, 9))) == ("JPEG", (255, 255, 255))


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": False}, {"icc_profile": b"x"}]
)
def test_the_size_of_each_kind_of_webp_is_read_from_its_header(options):
    assert pictures.webp_size(make_picture("WEBP", (321, 123), **options)) == (321, 123)
    assert pictures.webp_size(b"RIFF\0\0\0\0WEBPVP8 ") is None
    assert pictures.webp_size(b"RIFF\0\0\0\0WEBPABCD" + bytes(40)) is None


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_one_that_is_cut_off_is_damaged_and_never_called_a_photo_of_an_iphone(kind):
    whole = make_picture(kind, (400, 300))
    with pytest.raises(DamagedFileError) as refusal:
        inspect(whole[: len(whole) * 2 // 3], "coupee")
    assert not isinstance(refusal.value, HeicError)


def test_avif_and_heic_are_told_apart_under_their_common_name():
    def named(major: bytes, *others: bytes) -> bytes:
        brands = major + bytes(4) + b"".join(others)
        return (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + bytes(40)

    assert detect(named(b"mif1", b"mif1", b"avif")) == "image/avif"
    assert detect(named(b"avis", b"msf1")) == "image/avif"
    assert detect(named(b"mif1", b"mif1", b"heic")) == "image/heic"
    assert detect(named(b"heic", b"mif1")) == "image/heic"
    with pytest.raises(FileTypeError):
        detect(named(b"isom", b"mp42"))
