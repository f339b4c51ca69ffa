"""Fields for files: sent with the form, or before it in parts."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import StringField
from wtforms.utils import unset_value

from core.errors import DatabaseAwayError, DomainError, NotFoundError
from core.forms import Form
from core.web import signed_in
from uploads.errors import FileRefusedError, StorageUnavailableError
from uploads.inspection.files import MAX_BYTES, MOST_PARTS, PICTURES, TAKEN, detect, recognise
from uploads.queries import get_upload_for
from uploads.resumable import cancel_upload, first_bytes, keep_for_later

if TYPE_CHECKING:
    from uploads.models import ResumableUpload

SUFFIX = "_envoi"
"""A hidden field of this name stands for a file that came before the form."""
TAKEN_BACK = "_retrait"
"""A box of this name says that such a file is not wanted after all."""


def accepted(kinds: Collection[str]) -> str:
    """Return what a browser offers when somebody chooses a file: what is taken, and nothing else.

    By type and by ending: each system knows some formats by one of the two only.
    """
    return ",".join([*kinds, *(ending for kind in kinds for ending in TAKEN[kind])])


class SentBefore(FileStorage):
    """A file that came in parts, where forms expect one that comes with them."""

    def __init__(self, upload: ResumableUpload, name: str) -> None:
        super().__init__(filename=upload.filename, name=name)
        self.upload = upload
        self.is_refused = False
        """Judged, and not kept: it is to be chosen again."""

    @property
    def field_name(self) -> str:
        """Return the name of the hidden field that keeps it through a second showing."""
        return f"{self.name}{SUFFIX}"


class UploadField(FileField):
    """One file. ``data`` goes to ``uploads.views.receiving.receive_upload``."""

    is_resumable = True
    is_lost = False
    """It could not be kept for the second showing: it has to be chosen again."""
    data: Any
    accept = accepted(TAKEN)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the file of the form, else the one that was sent before."""
        super().process(formdata, data, extra_filters)
        if not self.data:
            self.data = next(iter(_sent_before(formdata, self.name)), None)

    @property
    def chosen(self) -> list[FileStorage]:
        """Return the file, if there is one."""
        return _with_names([self.data])

    def keep(self, files: list[FileStorage]) -> None:
        """Let what was kept stand for what was chosen."""
        self.data = files[0] if files else None

    @property
    def sent(self) -> list[SentBefore]:
        """Return what need not be sent again when the form is shown a second time."""
        return _to_be_kept([self.data])


class PictureField(UploadField):
    """One photo or logo. ``data`` goes to ``uploads.views.receiving.receive_portrait``."""

    accept = accepted(PICTURES)


class UploadsField(MultipleFileField):
    """Several photos or PDFs. ``data`` goes to ``uploads.views.receiving.receive_uploads``."""

    is_resumable = True
    is_multiple = True
    is_lost = False
    data: Any
    accept = accepted(TAKEN)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the files that were sent before, then those of the form."""
        super().process(formdata, data, extra_filters)
        files = _with_names(self.data or [])
        again = {(file.filename, _size(file)) for file in files if not isinstance(file, SentBefore)}
        kept = _sent_before(formdata, self.name)
        # Who chooses the same file a second time does not mean it twice.
        self.data = [
            file for file in kept if (file.filename, file.upload.size) not in again
        ] + files

    @property
    def chosen(self) -> list[FileStorage]:
        """Return the files, those that came before first."""
        return _with_names(self.data or [])

    def keep(self, files: list[FileStorage]) -> None:
        """Let what was kept stand for what was chosen."""
        self.data = files

    @property
    def sent(self) -> list[SentBefore]:
        """Return what need not be sent again when the form is shown a second time."""
        return _to_be_kept(self.data or [])


class AnnouncementForm(Form):
    """A file that is to come in parts: its name, and its size in bytes."""

    name = StringField()
    size = StringField()


class UploadForm(Form):
    """A form with files: shown a second time, it still has those that were chosen."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge; where something else is wrong, keep the files: nobody chooses them twice."""
        is_valid = super().validate(extra_validators)
        if not is_valid:
            self.keep_chosen()
        return is_valid

    def keep_chosen(self) -> None:
        """Keep on the server what came with this form and could not be used now."""
        for field in self._fields_of_files():
            if not field.errors:
                _keep_files_of(field)

    def keep_after(self, error: DomainError) -> None:
        """Keep what is good and only came at a bad moment, unless its place is what is away."""
        if isinstance(error, StorageUnavailableError):
            self._lose_chosen()
        elif not isinstance(error, FileRefusedError):
            self.keep_chosen()

    def _lose_chosen(self) -> None:
        for field in self._fields_of_files():
            field.is_lost = any(not isinstance(file, SentBefore) for file in field.chosen)

    def _fields_of_files(self) -> list[UploadField | UploadsField]:
        return [field for field in self if isinstance(field, (UploadField, UploadsField))]


def _keep_files_of(field: UploadField | UploadsField) -> None:
    """Keep what is good; what is not is said now, with all else that is wrong with the form."""
    kept: list[FileStorage] = []
    for file in field.chosen[: MOST_PARTS + 1]:
        try:
            kept.append(_judged(file) if isinstance(file, SentBefore) else _kept(file, field.name))
        except FileRefusedError as error:
            field.errors = [str(error.message)]
        except (DatabaseAwayError, DomainError):  # the page says that it has to be chosen again
            field.is_lost = True
    field.keep(kept)


def _judged(file: SentBefore) -> SentBefore:
    try:
        detect(first_bytes(file.upload))
    except FileRefusedError:
        cancel_upload(signed_in(), file.upload)
        raise
    except StorageUnavailableError:
        pass  # it is judged whole when the form is right
    return file


def _kept(file: FileStorage, name: str) -> SentBefore:
    file.stream.seek(0)
    content = file.stream.read(MAX_BYTES + 1)
    recognise(content)
    upload = keep_for_later(signed_in(), filename=file.filename or "", content=content)
    return SentBefore(upload, name)


def _with_names(files: list[FileStorage]) -> list[FileStorage]:
    return [file for file in files if getattr(file, "filename", "")]


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, io.SEEK_END)
    file.stream.seek(0)
    return size


def _to_be_kept(files: list[FileStorage]) -> list[SentBefore]:
    return [file for file in files if isinstance(file, SentBefore) and not file.is_refused]


def _sent_before(formdata: Any, name: str) -> list[SentBefore]:
    """Find the uploads that the form names; one that ended or is not theirs is no file at all."""
    sent = []
    named = formdata.getlist(f"{name}{SUFFIX}") if formdata else []
    unwanted = formdata.getlist(f"{name}{TAKEN_BACK}") if formdata else []
    for reference in dict.fromkeys(named[: MOST_PARTS + 1]):
        try:
            upload = get_upload_for(signed_in(), str(reference))
            if reference in unwanted:
                cancel_upload(signed_in(), upload)
        except NotFoundError:
            continue
        if upload.is_complete and reference not in unwanted:
            sent.append(SentBefore(upload, name))
    return sent
