"""What is said once after an act: a sentence of ours travels as a code, in a cookie of minutes.

Writing it into the row of the session is a durable transaction, and taking it out again another.
A code says which sentence, and nothing that was put into one: what is no sentence of the catalogue
as it stands waits in the row still.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache

from core.sentences import sentences

Messages = list[tuple[str, str]]
"""Category and text, as Flask keeps them."""
KEY = "_flashes"
LONGEST = 300
"""Of such a cookie: a few sentences."""
_ONE = re.compile(r"([a-z]{1,12})\.([0-9a-f]{12})")
_CATEGORY = re.compile(r"[a-z]{1,12}")


def written(messages: Messages) -> tuple[str, Messages]:
    """Return what a cookie says of these, and those that no cookie may say."""
    spoken = sentences.spoken()
    codes, others = [], []
    for message in messages:
        category, text = message
        msgid = spoken.msgids.get(text)
        if not msgid or not _CATEGORY.fullmatch(category):
            others.append(message)
        else:
            codes.append(f"{category}.{_code(msgid)}")
    return "~".join(codes), others


def read(text: str) -> Messages:
    """Return what a cookie says, in the language at hand; what it makes up is left out."""
    known = _known(sentences.msgids())
    say = sentences.spoken().translations.ugettext
    entries = _ONE.findall(text[:LONGEST])
    return [(category, str(say(known[code]))) for category, code in entries if code in known]


@cache
def _known(msgids: frozenset[str]) -> dict[str, str]:
    return {_code(msgid): msgid for msgid in msgids}


@cache
def _code(msgid: str) -> str:
    return hashlib.sha256(msgid.encode()).hexdigest()[:12]
