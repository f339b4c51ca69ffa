"""A file that was chosen is never chosen twice because something else was wrong."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask import g

from core.database import db
from core.retention import apply as apply_retention
from tests.security.steps import ask_for_code, give_code
from tests.uploads.conftest import make_pdf, make_picture, stored_paths
from uploads.errors import AntivirusUnavailableError
from uploads.inspection import files
from uploads.models import ResumableUpload, StoredFile
from uploads.resumable import LIFE, MOST_AT_ONCE
from uploads.storage import EXTENSION, LocalStorage

DOCUMENTS = "/parametres/documents"
PROFILE = "/parametres/profil"
NAMES = {"given_name": "Bob", "family_name": "Garnier"}


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def chosen(name: str = "diplome.pdf", content: bytes | None = None):
    return io.BytesIO(content or make_pdf()), name


def references(answer, field: str = "files") -> list[str]:
    return re.findall(rf'type="hidden" name="{field}_envoi" value="([0-9a-f]{{32}})"', answer.text)


def stored() -> list[str]:
    db.session.rollback()
    return [file.filename for file in db.session.query(StoredFile).order_by(StoredFile.id)]


@pytest.mark.both_databases
def test_a_document_without_its_type_is_shown_again_with_its_file_and_added_without_choosing(
    bob, page
):
    shown = bob.post(DOCUMENTS, data={"label": "Diplôme", "files": chosen()})

    assert shown.status_code == 422
    assert "« diplome.pdf » (1 Ko) est arrivé" in page(shown).text.replace("\u00a0", " ")
    assert "Changer" in page(shown).text or "En ajouter" in page(shown).text
    assert "Retirer" in page(shown).text
    [reference] = references(shown)
    added = bob.post(DOCUMENTS, data={"type": "diploma", "files_envoi": reference})
    assert added.status_code == 302
    assert stored() == ["diplome.pdf"]
    assert db.session.query(ResumableUpload).count() == 0


def test_several_files_keep_their_order_and_those_of_two_rounds_come_together(bob, page):
    first = [chosen("a.jpg", make_picture()), chosen("b.png", make_picture("PNG"))]
    shown = bob.post(DOCUMENTS, data={"files": first})
    kept = references(shown)
    assert len(kept) == 2
    again = bob.post(DOCUMENTS, data={"files_envoi": kept, "files": [chosen("c.pdf")]})
    assert references(again)[:2] == kept
    assert len(references(again)) == 3
    added = bob.post(
        DOCUMENTS, data={"type": "other", "label": "x", "files_envoi": references(again)}
    )
    assert added.status_code == 302
    assert db.session.query(StoredFile).one().pages == 3


def test_the_same_file_chosen_again_is_one_file(bob):
    kept = references(bob.post(DOCUMENTS, data={"files": [chosen("a.pdf"), chosen("b.pdf")]}))
    again = {"type": "diploma", "files_envoi": kept, "files": [chosen("a.pdf")]}
    assert bob.post(DOCUMENTS, data=again).status_code == 302
    assert db.session.query(StoredFile).one().pages == 2


@pytest.mark.parametrize("content", [b"Bonjour", b"MZ" * 5000])
def test_a_file_that_will_not_do_is_said_with_what_else_is_wrong_and_is_not_kept(
    bob, page, content
):
    good = chosen("b.pdf")
    shown = bob.post(DOCUMENTS, data={"files": [chosen("notes.txt", content), good]})
    assert shown.status_code == 422
    assert "renseigner le type" in page(shown).text
    field = page(shown).html.partition('id="files-e"')[2]
    assert field, "the file is not spoken of"
    assert references(shown) == [page(shown).inputs["files_envoi"]]
    assert [one.filename for one in db.session.query(ResumableUpload)] == ["b.pdf"]


def test_a_file_that_came_in_parts_and_will_not_do_is_said_with_what_else_is_wrong(bob, page):
    begun = bob.post("/envois", data={"name": "notes.txt", "size": "7"})
    address, reference = begun.headers["Location"], begun.json["reference"]
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert bob.patch(address, data=b"Bonjour", headers=headers).status_code == 204
    shown = bob.post(DOCUMENTS, data={"files_envoi": reference})
    assert "renseigner le type" in page(shown).text
    assert 'id="files-e"' in shown.text
    assert references(shown) == []
    assert db.session.query(ResumableUpload).count() == 0


def test_a_good_file_that_came_in_crumbs_is_kept(bob):
    content = make_pdf()
    begun = bob.post("/envois", data={"name": "diplome.pdf", "size": str(len(content))})
    address, reference = begun.headers["Location"], begun.json["reference"]
    for start, end in [(0, 2), (2, 5), (5, len(content))]:
        headers = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
        sent = bob.patch(address, data=content[start:end], headers=headers)
        assert sent.status_code == 204
    assert references(bob.post(DOCUMENTS, data={"files_envoi": reference})) == [reference]


def test_a_file_that_is_taken_back_is_gone_from_form_and_server(app, bob):
    kept = references(bob.post(DOCUMENTS, data={"files": [chosen("a.pdf"), chosen("b.pdf")]}))
    shown = bob.post(DOCUMENTS, data={"files_envoi": kept, "files_retrait": kept[0]})

    assert references(shown) == kept[1:]
    assert [one.filename for one in db.session.query(ResumableUpload)] == ["b.pdf"]
    refused = bob.post(
        DOCUMENTS, data={"type": "diploma", "files_envoi": kept[1], "files_retrait": kept[1]}
    )
    assert refused.status_code == 422
    assert stored() == []


def test_a_photo_waits_beside_a_name_that_is_missing_and_is_changed_by_another(bob, page):
    data = {"given_name": "", "family_name": "", "photo": chosen("moi.jpg", make_picture())}
    shown = bob.post(PROFILE, data=data)
    [kept] = references(shown, "photo")
    assert "moi.jpg" in page(shown).text
    other = {**NAMES, "photo_envoi": kept, "photo": chosen("autre.jpg", make_picture())}
    assert bob.post(PROFILE, data=other).status_code == 302
    assert stored() == ["autre.jpg"]


def test_a_telephone_that_is_emptied_loses_no_photo(cast, bob):
    from tests.security.phone import give_phone

    give_phone(cast.bob)
    data = {**NAMES, "phone": "", "photo": chosen("moi.jpg", make_picture())}
    assert len(references(bob.post(PROFILE, data=data), "photo")) == 1


def test_a_replacement_with_an_impossible_date_keeps_its_file(bob, page):
    bob.post(DOCUMENTS, data={"type": "diploma", "files": chosen()})
    address = re.search(r"/parametres/documents/\d+", bob.get(DOCUMENTS).text).group()
    data = {"files": chosen("neuf.pdf"), "expires_on": "31/2/2030"}
    shown = bob.post(f"{address}/remplacement", data=data)
    assert (shown.status_code, len(references(shown))) == (422, 1)
    data = {"files_envoi": references(shown), "expires_on": "28/2/2030"}
    assert bob.post(f"{address}/remplacement", data=data).status_code == 302
    assert stored() == ["diplome.pdf", "neuf.pdf"]


def test_what_cannot_be_judged_now_is_kept_for_the_next_try(bob, monkeypatch):
    def away(_content):
        raise AntivirusUnavailableError

    with monkeypatch.context() as gone:
        gone.setattr(files.antivirus, "scan", away)
        shown = bob.post(DOCUMENTS, data={"type": "diploma", "files": chosen()})
    assert shown.status_code == 503
    assert int(shown.headers["Retry-After"]) > 0
    added = bob.post(DOCUMENTS, data={"type": "diploma", "files_envoi": references(shown)})
    assert added.status_code == 302
    assert stored() == ["diplome.pdf"]


def test_where_nothing_can_be_kept_it_is_said(app, bob, page, monkeypatch, tmp_path):
    (tmp_path / "files").write_text("a file where the folder should be")
    with monkeypatch.context() as gone:
        gone.setitem(app.extensions, EXTENSION, LocalStorage(tmp_path / "files"))
        shown = bob.post(DOCUMENTS, data={"files": chosen()})
    assert shown.status_code == 422
    assert references(shown) == []
    assert "n’a pas pu être gardé" in page(shown).text
    assert db.session.query(ResumableUpload).count() == 0


def test_nobody_else_and_nobody_later_gets_it(app, cast, bob, sign_in, travel_to, outbox):
    [kept] = references(bob.post(DOCUMENTS, data={"files": chosen()}))
    stranger = sign_in(cast.chloe)
    refused = stranger.post(DOCUMENTS, data={"type": "diploma", "files_envoi": kept})
    stranger.post(DOCUMENTS, data={"files_envoi": kept, "files_retrait": kept})
    assert refused.status_code == 422
    assert len(references(bob.post(DOCUMENTS, data={"files_envoi": kept}))) == 1
    travel_to(LIFE + timedelta(minutes=1))
    apply_retention(1, {})
    outbox.deliver()
    assert db.session.query(ResumableUpload).count() == 0
    assert stored_paths(app) == []


def test_a_crowd_of_them_pushes_out_the_oldest_only(bob):
    for _ in range(3):
        bob.post(DOCUMENTS, data={"files": [chosen() for _ in range(9)]})
    assert db.session.query(ResumableUpload).count() <= MOST_AT_ONCE


@pytest.mark.both_databases
def test_a_file_that_came_after_its_session_is_given_back_to_its_owner(
    app, cast, bob, sign_in, outbox, page, travel_to, monkeypatch
):
    bob.get(DOCUMENTS)
    travel_to(timedelta(minutes=45))
    known = {"Referer": f"http://localhost{DOCUMENTS}", "Sec-Fetch-Site": "same-origin"}
    data = {"type": "diploma", "label": "Diplôme d’État", "files": chosen()}
    late = bob.post(DOCUMENTS, data=data, headers=known)
    assert late.status_code == 401
    ask_for_code(bob, cast.bob)
    give_code(bob, outbox.one(to=cast.bob).code)
    g.pop("csrf_token", None)  # the test's context outlives its requests
    shown = bob.get(DOCUMENTS)

    assert "Diplôme d’État" in shown.text
    [reference] = references(shown)
    assert "diplome.pdf" in page(shown).text
    added = bob.post(DOCUMENTS, data={"type": "diploma", "files_envoi": reference})
    assert added.status_code == 302
    assert stored() == ["diplome.pdf"]


def test_a_late_file_of_another_site_is_not_kept(cast, bob, travel_to):
    bob.get(DOCUMENTS)
    travel_to(timedelta(minutes=45))
    bob.post(DOCUMENTS, data={"files": chosen()}, headers={"Sec-Fetch-Site": "cross-site"})
    assert db.session.query(ResumableUpload).count() == 0


def all_forms(kind: type) -> list[type]:
    return [form for one in kind.__subclasses__() for form in (one, *all_forms(one))]


def forms_that_lose_files() -> list[str]:
    """Every form of the product that has a field for files and does not keep them."""
    from wtforms import FileField
    from wtforms.fields.core import UnboundField

    from core.forms import Form
    from uploads.forms import UploadForm

    return [
        form.__name__
        for form in all_forms(Form)
        if not issubclass(form, UploadForm)
        and form.__module__.split(".")[0] != "tests"
        and any(
            issubclass(field.field_class, FileField)
            for name in dir(form)
            if isinstance(field := getattr(form, name, None), UnboundField)
        )
    ]


def test_every_form_with_files_keeps_them(app):
    assert forms_that_lose_files() == []


def test_control_a_form_that_loses_its_files_is_caught(app):
    from core.forms import Form
    from uploads.forms import UploadField

    kind = type("Careless", (Form,), {"file": UploadField("File"), "__module__": "planted"})
    assert forms_that_lose_files() == [kind.__name__]
    kind.__module__ = "tests"
