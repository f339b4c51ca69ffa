"""Sending a file in parts, as a browser does, and handing it to a form."""

from __future__ import annotations

import base64

from flask import request
from flask_wtf.file import FileRequired
from werkzeug.datastructures import MultiDict

from core.authorization import INSTANCE
from core.forms import Form
from tests.asking import request_of
from uploads.forms import UploadField, UploadsField
from uploads.models import ResumableUpload
from uploads.resumable import begin_upload, receive_part

PART = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


def begin(client, size: int, name: str = "scan.pdf"):
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    headers = {"Upload-Length": str(size), "Upload-Metadata": metadata}
    return client.post("/envois", headers=headers)


def send(client, address: str, offset: int, content: bytes):
    return client.patch(address, headers=PART | {"Upload-Offset": str(offset)}, data=content)


def standing(client, address: str) -> tuple[int, int]:
    answer = client.head(address)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"]), int(answer.headers["Upload-Length"])


def sent(actor, content: bytes, name: str = "scan.pdf") -> ResumableUpload:
    """An upload that has come whole, in two parts."""
    upload = begin_upload(actor, INSTANCE, filename=name, size=len(content))
    half = len(content) // 2
    receive_part(actor, upload, offset=0, content=content[:half])
    receive_part(actor, upload, offset=half, content=content[half:])
    return upload


class OneFile(Form):
    file = UploadField("File", [FileRequired("Choose a file.")])


class Files(Form):
    files = UploadsField("Files")


def posted(app, actor, form: type[Form], fields: dict, view):
    """What a view of a feature would do with this form."""
    with request_of(app, actor, "/", method="POST", data=MultiDict(fields)):
        assert request.method == "POST"
        return view(form())
