"""PDFs whose objects only a more patient reader finds: what cannot be judged is not taken."""

from __future__ import annotations

import struct
import zlib

import pytest
from pypdfium2 import PdfDocument

from uploads.errors import ActivePdfError, DamagedFileError
from uploads.inspection.files import inspect

pytestmark = pytest.mark.usefixtures("app")  # messages are translated

RUNS = b"<</S/J#61vaScript/#4aS(app.alert)>>"
SAVED = b"<</S/GoTo/D[3 0 R/Fit]>>"


def packed(act: bytes) -> bytes:
    """A page whose objects lie in one stream, behind two filters; it opens with ``act``."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        act,
    )
    index, body = b"", b""
    for number, text in enumerate(objects, start=1):
        index += b"%d %d " % (number, len(body))
        body += text + b" "
    data = zlib.compress(index + body).hex().encode() + b">"
    head = b"%PDF-1.7\n"
    stream = b"5 0 obj\n<</Type/ObjStm/N 4/First %d/Length %d" % (len(index), len(data))
    stream += b"/Filter[/ASCIIHexDecode/FlateDecode]>>\nstream\n" + data + b"\nendstream\nendobj\n"
    at = len(head + stream)
    rows = struct.pack(">BIH", 0, 0, 0)
    rows += b"".join(struct.pack(">BIH", 2, 5, number) for number in range(4))
    rows += struct.pack(">BIH", 1, len(head), 0) + struct.pack(">BIH", 1, at, 0)
    table = b"6 0 obj\n<</Type/XRef/W[1 4 2]/Size 7/Root 1 0 R/Length %d>>\n" % len(rows)
    table += b"stream\n" + rows + b"\nendstream\nendobj\n"
    return head + stream + table + b"startxref\n%d\n%%%%EOF" % at


BREAKS = {
    "columns of another width": (b"/W[1 4 2]", b"/W[1 4 3]"),
    "a size that is none": (b"/Size 7", b"/Size 99999999"),
    "no table of that name": (b"/Type/XRef", b"/Type/XReg"),
}


def test_a_packed_pdf_is_read_and_judged():
    assert inspect(packed(SAVED), "a.pdf").pages == 1
    with pytest.raises(ActivePdfError):
        inspect(packed(RUNS), "a.pdf")


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_one_that_only_others_can_open_is_not_taken(change):
    broken = packed(RUNS).replace(*change)
    assert len(PdfDocument(broken)) == 1  # the control: readers show it
    with pytest.raises((ActivePdfError, DamagedFileError)):
        inspect(broken, "a.pdf")


@pytest.mark.parametrize("opens", [b"[", b"<</X "], ids=["arrays", "dictionaries"])
def test_what_lies_deeper_than_is_read_is_not_taken(opens):
    closes = b"]" if opens == b"[" else b">>"
    deep = b"<</S/GoTo/D[3 0 R/Fit]/Next " + opens * 600 + RUNS + closes * 600 + b">>"
    assert len(PdfDocument(packed(deep))) == 1
    with pytest.raises((ActivePdfError, DamagedFileError)):
        inspect(packed(deep), "a.pdf")
