"""Why a file is not kept."""

from __future__ import annotations

from types import MappingProxyType

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError, UnavailableError
from core.wording import size as in_words


class FileRefusedError(DomainError):
    """The content is not one that we keep; the message says what to do."""

    code = "file_refused"
    message = _l("This file cannot be added.")


class EmptyFileError(FileRefusedError):
    """Nothing came."""

    code = "file_empty"
    message = _l("This file is empty. Choose another one.")


class FileTooLargeError(FileRefusedError):
    """More bytes than allowed."""

    code = "file_too_large"

    def __init__(self, limit: int, size: int | None = None) -> None:
        """Say both figures when both are known."""
        super().__init__()
        if size is None:
            self.message = _l(
                "The file is too large. The limit is %(limit)s.", limit=in_words(limit)
            )
        else:
            self.message = _l(
                "The file is too large (%(size)s). The limit is %(limit)s.",
                size=in_words(size),
                limit=in_words(limit),
            )


class FileTypeError(FileRefusedError):
    """The bytes are none of the types that are accepted, whatever the name says."""

    code = "file_type"
    message = _l(
        "This is neither a PDF nor a photo that we can read. Send a PDF, JPEG, PNG, HEIC, WebP or "
        "AVIF file: save or export it as one of these, then try again."
    )


class HeicError(FileTypeError):
    """A photo of an iPhone that could not be read: its own format is rarely written by others."""

    code = "file_heic"
    message = _l(
        "This photo is in the HEIC format of iPhones, and could not be read. "
        "Share it as JPEG, or take a screenshot of it, then try again."
    )


class DamagedFileError(FileRefusedError):
    """It begins as it should and cannot be read to its end."""

    code = "file_damaged"
    message = _l("This file is damaged or incomplete. Open it to check, then send it again.")


class ActivePdfError(FileRefusedError):
    """A PDF that would do something on the reader's machine; ``kind`` is what."""

    code = "file_active"
    words = MappingProxyType(
        {
            "program": _l("This PDF contains a program."),
            "files": _l("Other files are attached inside this PDF."),
            "sends": _l("This PDF contains a form that sends elsewhere what is written in it."),
            "opens": _l("This PDF opens other files."),
            "link": _l("A link in this PDF would run a program."),
        }
    )

    def __init__(self, kind: str = "program") -> None:
        """Say what it is, and what can be done about it by whoever has it open."""
        super().__init__()
        self.message = _l(
            "%(what)s Open it, choose “Print”, then “Save as PDF”: send the new file, which has "
            "the same pages and nothing else.",
            what=self.words.get(kind, self.words["program"]),
        )


class LockedPdfError(FileRefusedError):
    """A PDF that opens with a password only, where its pages are needed."""

    code = "file_locked"
    message = _l(
        "This PDF is protected by a password. Save a copy without the password, then send that one."
    )


class NotAPictureError(FileRefusedError):
    """A portrait or a logo is made of pixels."""

    code = "file_not_a_picture"
    message = _l("Choose a photo: a JPEG, PNG, HEIC, WebP or AVIF file.")


class TooManyPartsError(FileRefusedError):
    """More photos or PDFs than one document is made of."""

    code = "file_parts"
    message = _l("20 files at most become one document. Send the others as a second document.")


class InfectedFileError(FileRefusedError):
    """The antivirus recognised something."""

    code = "file_infected"
    message = _l(
        "The antivirus found a virus in this file: it was not kept. "
        "Have your device checked, then choose another file."
    )


class TooManyPiecesError(FileRefusedError):
    """An upload that comes in crumbs would fill the storage with them."""

    code = "file_pieces"
    message = _l("This file comes in too many pieces. Choose it again to start over.")


class WrongOffsetError(ConflictError):
    """The part is not the next one: ask where the upload stands, and go on from there."""

    code = "wrong_offset"
    message = _l("This part of the file is not the next one.")


class TooManyPixelsError(FileRefusedError):
    """A picture whose decoding would need too much memory."""

    code = "file_pixels"

    def __init__(self, content_type: str = "") -> None:
        """Say how many there may be of this kind."""
        super().__init__()
        self.message = _l(
            "This picture has too many pixels: %(limit)s million at most. "
            "Make it smaller, or send a photo of it as JPEG, then try again.",
            limit={"image/jpeg": 200, "image/heic": 120}.get(content_type, 40),
        )


class QuotaReachedError(FileRefusedError):
    """The person's files together would take too much room."""

    code = "file_quota"
    message = _l("Your files take all the room you have (500 MB). Delete some, then try again.")


class StorageUnavailableError(UnavailableError):
    """The place where files live does not answer; nothing was written, nothing was lost."""

    code = "storage_unavailable"
    message = _l(
        "Files cannot be reached right now. Nothing was saved and nothing was lost: "
        "please try again in a minute."
    )


class AntivirusUnavailableError(UnavailableError):
    """The host wants every file checked, and the check cannot be made."""

    code = "antivirus_unavailable"
    message = _l(
        "Files cannot be checked for viruses right now, so none is taken. "
        "Nothing was saved: please try again in a few minutes."
    )
