"""Several photos in one document, portraits, and page images to look at without opening a file."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from core.authorization import INSTANCE
from core.errors import NotFoundError, TooManyRequestsError
from core.transaction import transaction
from tests.asking import request_of
from tests.uploads.conftest import stored_paths
from uploads import operations, storage
from uploads.errors import (
    DamagedFileError,
    EmptyFileError,
    FileTooLargeError,
    LockedPdfError,
    NotAPictureError,
    TooManyPartsError,
)
from uploads.inspection import child, limited
from uploads.inspection.files import inspect_pages
from uploads.operations import (
    delete_file,
    keep_bytes,
    keep_pages,
    keep_portrait,
    page_count,
    page_image,
    store_file,
)
from uploads.views.sending import send_picture, send_preview


def kept(actor, stored):
    return store_file(actor, INSTANCE, stored=stored)


def bytes_of(stored) -> bytes:
    return b"".join(storage.current_storage().read(stored.key, 0, stored.size))


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def colour_of(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place, by halves of twenty, as compression moves it a little."""
    found = picture.convert("RGB").getpixel((int(picture.width * x), int(picture.height * y)))
    return tuple(round(part / 40) * 40 for part in found)


def flag(size=(300, 200), kind="PNG", **options) -> bytes:
    """Red on the left, green in the middle, blue on the right."""
    picture = Image.new("RGB", size, (0, 200, 0))
    third = size[0] // 3
    picture.paste((200, 0, 0), (0, 0, third, size[1]))
    picture.paste((0, 0, 200), (size[0] - third, 0, size[0], size[1]))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


# ── Several into one ──────────────────────────────────────────────────────────────────────────


def test_photos_and_pdfs_become_one_document_in_their_order(bob, pdf, heic):
    parts = [
        (flag(kind="JPEG"), "recto.jpg"),
        (pdf(pages=2), "verso.pdf"),
        (heic(), "IMG.HEIC"),
        (flag(kind="PNG"), "fin.png"),
    ]

    file = kept(bob, keep_pages(bob, parts, "Diplôme complet.docx"))

    assert (file.content_type, file.filename) == ("application/pdf", "Diplôme complet.pdf")
    assert (file.pages, page_count(file)) == (5, 5)
    assert hashlib.sha256(bytes_of(file)).hexdigest() == file.sha256
    first, second, last = (opened(page_image(bob, file, page)) for page in (1, 2, 5))
    assert colour_of(first, 0.1, 0.5) == RED
    assert colour_of(first, 0.9, 0.5) == BLUE
    assert colour_of(second, 0.5, 0.5) == (240, 240, 240)
    assert colour_of(last, 0.1, 0.5) == RED


def test_a_photo_that_lies_on_its_side_becomes_an_upright_page(bob, exif):
    photo = flag((300, 200), "JPEG", exif=exif(orientation=6))

    file = kept(bob, keep_pages(bob, [(photo, "a.jpg"), (photo, "b.jpg")], ""))

    page = opened(page_image(bob, file, 1))
    assert page.height > page.width
    assert colour_of(page, 0.5, 0.1) == RED
    assert b"GPS" not in bytes_of(file)
    assert file.filename == "a.pdf"


def test_what_is_transparent_becomes_white_paper(bob):
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (0, 0, 0, 0)).save(out, "PNG")

    file = kept(bob, keep_pages(bob, [(out.getvalue(), "t.png")] * 2, "tampon"))

    assert colour_of(opened(page_image(bob, file, 1)), 0.5, 0.5) == (240, 240, 240)


def test_one_wrong_part_refuses_all_and_keeps_nothing(app, bob, pdf, locked_pdf):
    for wrong, error in [
        (b"", EmptyFileError),
        (flag()[:-200], DamagedFileError),
        (locked_pdf, LockedPdfError),
    ]:
        with pytest.raises(error):
            keep_pages(bob, [(pdf(), "bon.pdf"), (wrong, "mauvais")], "tout")
    with pytest.raises(EmptyFileError):
        keep_pages(bob, [], "rien")
    with pytest.raises(TooManyPartsError):
        keep_pages(bob, [(pdf(), "a.pdf")] * 21, "trop")

    assert stored_paths(app) == []


def test_parts_that_are_too_heavy_together_are_refused_before_anything_is_decoded(app, monkeypatch):
    monkeypatch.setattr("subprocess.run", lambda *_a, **_k: pytest.fail("nothing may be decoded"))

    with pytest.raises(FileTooLargeError):
        inspect_pages([(b"\xff\xd8\xff" + b"x" * 9_999_000, "a.jpg")] * 6, "")


# ── Portraits ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("box", "left", "right"),
    [
        (None, RED, BLUE),  # the square in the middle of a picture three by two
        ((0, 0, 1), RED, GREEN),
        ((0.34, 0.2, 0.4), GREEN, GREEN),
        ((1, 1, 1), GREEN, BLUE),  # what leaves the picture is pushed back into it
    ],
)
def test_a_portrait_is_the_chosen_square(bob, box, left, right):
    stored = keep_portrait(bob, flag(), "moi.png", box=box)

    portrait = opened(bytes_of(stored))
    assert (stored.content_type, stored.filename) == ("image/jpeg", "moi.jpg")
    assert (portrait.format, portrait.size) == ("JPEG", (512, 512))
    assert (colour_of(portrait, 0.05, 0.5), colour_of(portrait, 0.95, 0.5)) == (left, right)


def test_the_square_is_of_the_upright_photo_and_forgets_where_it_was_taken(bob, exif):
    photo = flag((300, 200), "JPEG", exif=exif(orientation=6))  # upright: 200 wide, 300 high

    stored = keep_portrait(bob, photo, "moi.jpg", box=(0, 0, 1))

    portrait = opened(bytes_of(stored))
    assert colour_of(portrait, 0.5, 0.05) == RED
    assert colour_of(portrait, 0.5, 0.95) == GREEN
    assert not portrait.getexif()
    assert b"GPS" not in bytes_of(stored)


def test_a_portrait_is_a_picture_and_its_square_is_made_of_numbers(app, bob, pdf):
    for content, box in [
        (pdf(), None),
        (flag(), (-0.1, 0, 1)),
        (flag(), (0, 0, float("nan"))),
        (flag(), (0, 0, float("inf"))),
    ]:
        with pytest.raises(NotAPictureError):
            keep_portrait(bob, content, "moi", box=box)
    tiny = keep_portrait(bob, flag((3, 3)), "point.png", box=(0.5, 0.5, 0))
    assert opened(bytes_of(tiny)).size == (512, 512)


# ── Page images ───────────────────────────────────────────────────────────────────────────────


def test_a_page_is_drawn_once_and_goes_with_its_file(app, bob, pdf, outbox, monkeypatch):
    file = kept(bob, keep_bytes(bob, pdf(pages=3), "trois.pdf"))
    drawn = page_image(bob, file, 2)

    assert opened(drawn).width == 1200
    assert len(stored_paths(app)) == 2
    with monkeypatch.context() as patch:
        patch.setattr("subprocess.run", lambda *_a, **_k: pytest.fail("it was drawn already"))
        assert page_image(bob, file, 2) == drawn

    delete_file(bob, file)
    outbox.deliver()
    assert stored_paths(app) == []


def test_a_large_photo_is_shown_smaller_and_a_small_one_as_it_is(bob, picture):
    large = kept(bob, keep_bytes(bob, picture(size=(3000, 2000)), "grande.jpg"))
    small = kept(bob, keep_bytes(bob, picture("PNG", size=(300, 200)), "petite.png"))

    assert page_count(large) == page_count(small) == 1
    assert opened(page_image(bob, large, 1)).size == (1200, 800)
    assert opened(page_image(bob, small, 1)).size == (300, 200)


def test_there_is_no_page_before_the_first_or_after_the_last(bob, pdf):
    file = kept(bob, keep_bytes(bob, pdf(pages=2), "deux.pdf"))

    for page in (-1, 0, 3):
        with pytest.raises(NotFoundError):
            page_image(bob, file, page)


def test_a_pdf_with_a_password_is_kept_whole_and_shows_no_page(bob, locked_pdf):
    file = kept(bob, keep_bytes(bob, locked_pdf, "prive.pdf"))

    assert bytes_of(file) == locked_pdf
    assert (file.pages, page_count(file)) == (0, 0)
    with pytest.raises(NotFoundError):
        page_image(bob, file, 1)


def test_pages_kept_before_they_were_counted_are_counted_when_asked(bob, pdf):
    file = kept(bob, keep_bytes(bob, pdf(pages=2), "ancien.pdf"))
    with transaction():
        file.pages = None

    assert page_count(file) == 2
    assert opened(page_image(bob, file, 2)).width == 1200


def test_drawing_pages_has_a_brake_and_looking_at_them_again_has_none(bob, pdf, monkeypatch):
    from core.rate_limit import RateLimit

    monkeypatch.setattr(
        operations, "DRAWINGS", RateLimit("few", 2, operations.DRAWINGS.window), raising=True
    )
    file = kept(bob, keep_bytes(bob, pdf(pages=3), "trois.pdf"))
    for page in (1, 2, 1, 2, 1):
        page_image(bob, file, page)

    with pytest.raises(TooManyRequestsError):
        page_image(bob, file, 3)


# ── Sending ───────────────────────────────────────────────────────────────────────────────────


def test_a_portrait_is_shown_in_pages_and_not_sent_twice(app, bob):
    file = kept(bob, keep_portrait(bob, flag(), "moi.png", box=None))

    with app.test_request_context("/photo"):
        first = send_picture(file)
        assert first.get_data() == bytes_of(file)
        assert first.mimetype == "image/jpeg"
        assert first.headers["Content-Disposition"] == "inline"
        assert first.headers["X-Content-Type-Options"] == "nosniff"
        assert first.headers["Content-Security-Policy"].startswith("sandbox")
        assert first.headers["Cache-Control"].startswith("private")
    with app.test_request_context("/photo", headers={"If-None-Match": first.headers["ETag"]}):
        again = send_picture(file)
        assert (again.status_code, again.get_data()) == (304, b"")
    with app.test_request_context("/photo", method="HEAD"):
        assert send_picture(file).headers["Content-Length"] == str(file.size)


def test_what_is_no_picture_of_ours_is_never_shown_in_a_page(app, bob, pdf):
    file = kept(bob, keep_bytes(bob, pdf(), "papier.pdf"))

    with app.test_request_context("/photo"), pytest.raises(NotFoundError):
        send_picture(file)


def test_a_page_image_is_shown_and_kept_by_no_cache(app, bob, pdf):
    file = kept(bob, keep_bytes(bob, pdf(), "papier.pdf"))

    with request_of(app, bob, "/apercu"):
        answer = send_preview(file, 1)

    assert opened(answer.get_data()).format == "JPEG"
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


# ── The child ─────────────────────────────────────────────────────────────────────────────────


def test_the_child_and_its_parent_agree_on_what_locked_means():
    assert child.IS_LOCKED == limited.IS_LOCKED


def test_what_the_child_hands_back_is_bounded(app, monkeypatch):
    """A picture of noise: 12 million pixels that no PNG makes smaller."""
    out = io.BytesIO()
    Image.effect_noise((4000, 3000), 90).convert("RGB").save(out, "JPEG", quality=20)

    with pytest.raises(DamagedFileError):
        limited.run("clean", [_as_png(out.getvalue())], type="image/png")


def _as_png(content: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(content)).save(out, "PNG", compress_level=1)
    return out.getvalue()
