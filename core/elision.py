"""French drops a vowel before another: « autour d’Adèle », not « de Adèle », whatever is put in.

A sentence is translated once, and what people typed comes into it later. So each value carries a
mark where it begins; once the sentence is whole, what stands before a mark is judged, and the marks
are taken out again.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

BEGINS = "\ue000"
"""Of private use: no keyboard writes it, and no font shows it."""
_MARK = Markup("\ue000")
_MUTE_H = (
    "h(?:adrien|[eé]l[eèéo]|elsin|enri|erm[ia]n|erv|ector|ippolyt|ilaire|onor|ortens|orac|ub|ug|ya)"
)
"""Names in which the h is silent; most others (Hassan, Hong Kong) keep the whole word before."""
_SOUNDS_OPEN = rf"(?:<[^>]*>)*(?:[aàâäeéèêëiîïoôöuùûüœæ]|y[bcdfghj-np-tv-xz]|{_MUTE_H})(?![^\s<]*@)"
_TO_SHORTEN = re.compile(rf"\b(d|qu)e {BEGINS}(?={_SOUNDS_OPEN})", re.IGNORECASE)


def marked(value: Any) -> Any:
    """Mark where a text begins that is put into a sentence."""
    return _MARK + value if isinstance(value, Markup) else _marked_text(value)


def _marked_text(value: Any) -> Any:
    return f"{BEGINS}{value}" if isinstance(value, str) and value else value


def elided(sentence: Any) -> Any:
    """Return a whole sentence with its words shortened where the next one begins with a vowel."""
    said = _TO_SHORTEN.sub(r"\1’", sentence).replace(BEGINS, "")
    return Markup(said) if isinstance(sentence, Markup) else said  # noqa: S704  (it was escaped)
