"""What the browser offers, what is taken and what the words name are one and the same."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask_babel import force_locale
from PIL import Image

from core.forms import Form
from core.start import ROOT
from tests.uploads.conftest import make_heic, make_pdf, make_picture
from uploads.errors import FileTypeError, NotAPictureError
from uploads.forms import PictureField, UploadField, UploadsField
from uploads.inspection.files import HEIC, PDF, TAKEN, inspect, inspect_portrait

WORDS = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIC",
         "image/webp": "WebP", "image/avif": "AVIF"}  # fmt: skip
FILE_INPUT = re.compile(r"""<input[^>]*type=["']?file[^>]*>""")
KINDS_OF_FIELDS = (UploadField, PictureField, UploadsField)


def file_inputs(folder: Path) -> list[tuple[str, str]]:
    """Return every file input of the templates, with the name of the template."""
    return [
        (path.name, found[0])
        for path in sorted(folder.rglob("*.html"))
        for found in FILE_INPUT.finditer(
            path.read_text("utf-8").replace("{% ", "").replace(">=", "")
        )
    ]


def offers_what_its_field_takes(tag: str) -> bool:
    return re.search(r'accept="\{\{ [\w.]+\.accept \}\}"', tag) is not None


def test_every_input_offers_what_its_field_takes():
    inputs = file_inputs(ROOT / "templates")
    assert len(inputs) >= 2
    assert [name for name, tag in inputs if not offers_what_its_field_takes(tag)] == []


def test_control_a_list_written_by_hand_is_caught(tmp_path):
    (tmp_path / "a.html").write_text('<input id="a" type="file" accept="image/*" multiple>')
    (tmp_path / "b.html").write_text("<input type=file>")
    assert [offers_what_its_field_takes(tag) for _name, tag in file_inputs(tmp_path)] == [False] * 2


def all_forms(kind: type = Form) -> list[type]:
    return [form for one in kind.__subclasses__() for form in (one, *all_forms(one))]


def test_every_field_for_files_is_one_of_ours(app):
    from wtforms import FileField
    from wtforms.fields.core import UnboundField

    found = [
        field.field_class
        for form in all_forms()
        for field in vars(form).values()
        if isinstance(field, UnboundField) and issubclass(field.field_class, FileField)
    ]
    assert len(found) >= 3
    assert [field for field in found if not issubclass(field, KINDS_OF_FIELDS)] == []


def example(content_type: str) -> bytes:
    if content_type == PDF:
        return make_pdf()
    if content_type == HEIC:
        return make_heic()
    return make_picture(content_type.partition("/")[2].upper())


@pytest.mark.parametrize("content_type", TAKEN)
def test_what_is_offered_is_taken(app, content_type):
    assert content_type in UploadField.accept.split(",")
    assert set(TAKEN[content_type]) <= set(UploadField.accept.split(","))
    assert UploadsField.accept == UploadField.accept
    assert inspect(example(content_type), "a").content
    assert (content_type in PictureField.accept.split(",")) == (content_type != PDF)
    if content_type != PDF:
        assert inspect_portrait(example(content_type), "a", None).content


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000"])
def test_what_is_not_offered_is_refused(app, kind):
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, kind)
    assert f"image/{kind.lower()}" not in UploadField.accept
    with pytest.raises(FileTypeError):
        inspect(out.getvalue(), "photo.jpg")


def test_nothing_is_offered_by_a_star():
    assert "*" not in UploadField.accept + PictureField.accept


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_words_name_what_is_taken(app, sign_in, cast, page, locale):
    with force_locale(locale):
        for error, kinds in ((FileTypeError(), TAKEN), (NotAPictureError(), list(TAKEN)[1:])):
            assert [word for kind in kinds if (word := WORDS[kind]) not in str(error.message)] == []
    bob = sign_in(cast.bob)
    for address in ("/parametres/documents", "/parametres/profil"):
        said = page(bob.get(address, headers={"Accept-Language": locale})).text
        for kind in list(TAKEN)[1:]:
            assert WORDS[kind] in said
