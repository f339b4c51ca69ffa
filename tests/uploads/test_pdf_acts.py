"""PDFs that would do something are refused, wherever they hide it; others are taken."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from tests.uploads.conftest import make_pdf
from uploads.errors import ActivePdfError
from uploads.inspection import pdf_acts
from uploads.inspection.files import inspect

pytestmark = pytest.mark.usefixtures("app")  # messages are translated


def written(change, *, how: str) -> bytes:
    """A PDF by a real writer, with ``change`` made to it, laid down in one way or another."""
    document = pikepdf.open(io.BytesIO(make_pdf()))
    change(document)
    out = io.BytesIO()
    if how == "encrypted":
        only_owner = pikepdf.Encryption(owner="directeur", user="", R=6)
        document.save(out, encryption=only_owner)
    elif how == "packed":
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    else:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def link(**action):
    """A link on the page."""

    def change(document) -> None:
        act = Dictionary(Type=Name.Action, **action)
        document.pages[0].Annots = Array(
            [
                document.make_indirect(
                    Dictionary(
                        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 100, 20]), A=act
                    )
                )
            ]
        )

    return change


def attached(document) -> None:
    document.attachments["facture.exe"] = b"MZ" * 10


def as_annotation(document) -> None:
    """A paper clip drawn on the page."""
    stream = document.make_stream(b"MZ" * 10)
    file = Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=stream))
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file
    )
    document.pages[0].Annots = Array([document.make_indirect(note)])


def button(**action):
    """A form with one button, which acts when it is pressed."""

    def change(document) -> None:
        field = document.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Btn,
                T=String("Envoyer"),
                Rect=Array([0, 0, 100, 20]),
                AA=Dictionary(U=Dictionary(**action)),
            )
        )
        document.Root.AcroForm = Dictionary(Fields=Array([field]))
        document.pages[0].Annots = Array([field])

    return change


def names_tree(document) -> None:
    document.Root.Names = Dictionary(
        JavaScript=Dictionary(
            Names=Array([String("a"), Dictionary(S=Name.JavaScript, JS=String(""))])
        )
    )


def dynamic_form(document) -> None:
    document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=Array([]))


def rich(document) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))
    document.pages[0].Annots = Array([document.make_indirect(note)])


def opening(document) -> None:
    document.Root.OpenAction = Dictionary(S=Name.Launch, F=String("cmd.exe"))


ACTING = {
    "attached": (attached, "files"),
    "paper-clip": (as_annotation, "files"),
    "submits": (button(S=Name.SubmitForm, F=String("https://example.org/")), "sends"),
    "imports": (button(S=Name.ImportData, F=String("a.fdf")), "sends"),
    "script": (button(S=Name.JavaScript, JS=String("app.alert(1)")), "program"),
    "tree-of-scripts": (names_tree, "program"),
    "launches": (opening, "program"),
    "dynamic-form": (dynamic_form, "program"),
    "rich-media": (rich, "program"),
    "plays": (button(S=Name.Rendition), "program"),
    "other-file": (link(S=Name.GoToR, F=String("a.pdf")), "opens"),
    "file-inside": (link(S=Name.GoToE, F=String("a.pdf")), "opens"),
    "javascript-link": (link(S=Name.URI, URI=String("javascript:alert(1)")), "link"),
    "spaced-link": (link(S=Name.URI, URI=String(" Java\tScript:alert(1)")), "link"),
    "wide-link": (link(S=Name.URI, URI=String("é javascript:alert(1)"[2:])), "link"),
    "data-link": (link(S=Name.URI, URI=String("data:text/html,<script>")), "link"),
    "local-link": (link(S=Name.URI, URI=String("file:///etc/passwd")), "link"),
}


@pytest.mark.parametrize("how", ["plain", "packed", "encrypted"])
@pytest.mark.parametrize("name", ACTING)
def test_what_acts_is_refused_wherever_it_stands(name, how):
    change, kind = ACTING[name]
    with pytest.raises(ActivePdfError) as refusal:
        inspect(written(change, how=how), "piege.pdf")

    said = str(refusal.value.message)
    assert str(ActivePdfError.words[kind]) in said
    assert "“" in said or "«" in said  # and what to press


@pytest.mark.parametrize(
    "object_",
    [
        b"<</Type/Filespec/F(a.exe)/E#46<</F 9 0 R>>>>",
        b"<</S/#53ubmitForm/F(https://example.org)>>",
        b"<</S/URI/URI(java\\script:alert(1))>>",
        b"<</S/URI/URI <6A6176617363726970743A616C6572742831 29>>>",
        b"<</S/URI/URI(\xfe\xff\x00j\x00a\x00v\x00a\x00s\x00c\x00r\x00i\x00p\x00t\x00:)>>",
        b"<</Names<</EmbeddedFiles 9 0 R>>>>",
        b"<</Subtype /FileAttachment>>",
        b"<</S % a comment\n/GoToE>>",
        b"(a text that never ends <</S/Launch>>",
    ],
)
def test_what_no_table_names_is_refused_however_it_is_spelled(object_):
    for extra in (
        b"8 0 obj\n" + object_ + b"\nendobj\n",
        _object_stream(object_),
    ):
        with pytest.raises(ActivePdfError):
            inspect(make_pdf(extra), "cache.pdf")


def _object_stream(objects: bytes) -> bytes:
    packed = zlib.compress(objects, 9)
    head = (
        b"8 0 obj\n<< /Type /Obj#53tm /N 1 /First 4 /DecodeParms << /Columns 1 >> "
        b"/Filter /FlateDecode /Length %d >>\nstream\n"
    )
    return head % len(packed) + packed + b"\nendstream\nendobj\n"


def honest_links(document) -> None:
    notes = [
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([0, 0, 9, 9]),
            A=Dictionary(S=Name.URI, URI=String(address)),
        )
        for address in (
            "https://example.org/JS/Launch/EF/page?a=/JavaScript",
            "http://example.org/XFA",
            "mailto:cabinet@example.org",
            "tel:+33536123456",
            "www.example.org/data:1",
        )
    ]
    notes.append(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([0, 0, 9, 9]),
            A=Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit])),
        )
    )
    document.pages[0].Annots = Array([document.make_indirect(note) for note in notes])
    document.docinfo[Name.Title] = String("Le répertoire /JS et (le dossier /Launch)")


def form_without_submit(document) -> None:
    text = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("Nom"),
            V=String("Fourès"),
            Rect=Array([0, 0, 100, 20]),
        )
    )
    document.Root.AcroForm = Dictionary(Fields=Array([text]), NeedAppearances=True)
    document.pages[0].Annots = Array([text])


def signed(document) -> None:
    signature = document.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/ETSI.CAdES.detached"),
            ByteRange=Array([0, 100, 200, 100]),
            Contents=String(b"\x30\x82" * 4000),
        )
    )
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String("Signature1"),
            V=signature,
            Rect=Array([0, 0, 0, 0]),
        )
    )
    document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    document.Root.Perms = Dictionary(DocMDP=signature)
    document.pages[0].Annots = Array([field])


def picture_of_noise(document) -> None:
    """Bytes of a scan, among which the short names are bound to occur."""
    noise = b"/JS /EF /XFA /Launch << /S /JavaScript >> (" + bytes(range(256)) * 200
    document.pages[0].Resources = Dictionary(
        XObject=Dictionary(
            Im0=document.make_stream(
                noise,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=8,
                Height=8,
                Decode=Array([0, 1]),
            )
        )
    )


@pytest.mark.parametrize("how", ["plain", "packed", "encrypted"])
@pytest.mark.parametrize(
    "change", [honest_links, form_without_submit, signed, picture_of_noise, lambda _document: None]
)
def test_what_is_only_read_is_taken(change, how):
    content = written(change, how=how)

    found = inspect(content, "courrier.pdf")

    assert (found.content, found.pages) == (content, 1)


@pytest.mark.parametrize(
    "before", [b"\xef\xbb\xbf", b"\n", b"\r\n\r\n", b"junk of a mail program\n" * 40]
)
def test_a_pdf_whose_beginning_is_not_the_first_byte_is_taken_and_opens_everywhere(before):
    for content in (before + make_pdf(), _counted_from_first_byte(before)):
        found = inspect(content, "scan.pdf")

        assert found.content.startswith(b"%PDF-")
        assert found.pages == 1
        with pikepdf.open(io.BytesIO(found.content), attempt_recovery=False) as opened:
            assert len(opened.pages) == 1
        assert inspect(found.content, "scan.pdf").content == found.content


def _counted_from_first_byte(before: bytes) -> bytes:
    """Its addresses count what stands before its beginning, as some programs write it."""
    plain = make_pdf()
    body, table = plain.split(b"xref\n", 1)
    for place in sorted({int(found) for found in _places(table)}, reverse=True):
        table = table.replace(b"%010d 00000 n" % place, b"%010d 00000 n" % (place + len(before)))
    at = len(body)
    return (
        before
        + body
        + b"xref\n"
        + table.replace(b"startxref\n%d\n" % at, b"startxref\n%d\n" % (at + len(before)))
    )


def _places(table: bytes) -> list[bytes]:
    return [line[:10] for line in table.splitlines() if line.endswith(b"00000 n ")]


def test_names_and_links_are_read_as_readers_read_them():
    assert pdf_acts.plain(b"/J#61va#53cript") == b"/JavaScript"
    pdf_acts.refuse_running(b"https://example.org/javascript:")
    pdf_acts.refuse_running(b"mailto:data@example.org")
    with pytest.raises(pdf_acts.ActiveError):
        pdf_acts.refuse_running(b"\x01 JAVA\nSCRIPT:x")
