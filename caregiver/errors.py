"""Why something is not done to a paper."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError


class NewerVersionError(ConflictError):
    """The paper that was judged is no longer the one that counts."""

    code = "newer_version"
    message = _l("A newer version of this document came in the meantime: it is shown now.")
