"""The sentences of the reader's language, in pages, mails and code.

Which catalogue is read is decided once a request, and a sentence without anything put into it is
looked up once a process. ``force_locale`` and ``refresh`` of flask-babel work as ever: what is kept
for the request stands where they look for it.
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from typing import Any

from babel import Locale
from babel.support import Translations
from flask import Flask
from flask.globals import _cv_app as application_at_hand
from flask_babel import Domain, get_locale
from flask_babel import _get_current_context as context_of_babel
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from core.bidi import shown
from core.elision import elided, marked

KEPT = 4096
"""Sentences of one language: more than the product has."""


class Catalogue:
    """What is said in one language."""

    def __init__(self, locale: Locale | None, translations: Any) -> None:
        """Keep what was read from the disk, and the name of the language."""
        self.locale = str(locale) if locale else "fr"
        self.language = str(locale.language) if locale else "fr"
        self.translations = translations
        self.pattern = lru_cache(KEPT)(self._pattern)
        self.whole = lru_cache(KEPT)(self._whole)
        self.whole_counted = lru_cache(KEPT)(self._whole_counted)

    def _pattern(self, string: str, is_markup: bool) -> str:  # noqa: FBT001  (a key, twice a line)
        """Return a sentence that something is put into."""
        said = str(self.translations.ugettext(string))
        return Markup(said) if is_markup else said  # noqa: S704  (ours)

    def _whole(self, string: str, is_markup: bool) -> str:  # noqa: FBT001  (same)
        """Return a sentence as it stands."""
        return self.pattern(string, is_markup) % {}

    def _whole_counted(
        self,
        singular: str,
        plural: str,
        num: int,
        is_markup: bool,  # noqa: FBT001  (same)
    ) -> str:
        """Return a sentence in which nothing but a number stands."""
        said = self.counted(singular, plural, num, is_markup=is_markup)
        return elided(said % {"num": num})  # type: ignore[no-any-return]

    @cached_property
    def msgids(self) -> dict[str, str]:
        """Map whole sentences of this language to their names in the catalogue."""
        return {str(self.translations.ugettext(msgid)): msgid for msgid in sentences.msgids()}

    def counted(self, singular: str, plural: str, num: int, *, is_markup: bool) -> str:
        """Return the form of a sentence that goes with ``num``, still to be filled in."""
        said = str(self.translations.ungettext(singular, plural, num))
        return Markup(said) if is_markup else said  # noqa: S704  (ours)


class Sentences(Domain):
    """Sentences whose placeholders cannot turn them."""

    def __init__(self) -> None:
        """Begin without any catalogue: each is read when it is first spoken."""
        super().__init__()
        self._catalogues: dict[str, Catalogue] = {}

    def spoken(self) -> Catalogue:
        """Return the catalogue of the language at hand."""
        here = application_at_hand.get(None)  # the proxies of flask-babel cost more than the rest
        context = here.g.get("_flask_babel") if here is not None else None
        context = context or context_of_babel()
        if context is None:
            return _SILENT
        kept = getattr(context, "babel_translations", None)
        if kept is None:
            locale = get_locale()
            kept = self._catalogues.get(str(locale))
            if kept is None:
                kept = Catalogue(locale, super().get_translations())
                self._catalogues[str(locale)] = kept
            context.babel_translations = kept
        return kept

    @cache  # noqa: B019  (there is one, for ever)
    def msgids(self) -> frozenset[str]:
        """Return the names of all sentences, as the French catalogue has them."""
        read = [Translations.load(folder, ["fr"]) for folder in self.translation_directories]
        return frozenset(
            name for catalogue in read for name in catalogue._catalog if isinstance(name, str)
        )

    def get_translations(self) -> Any:
        """Return what flask-babel reads sentences from."""
        return self.spoken().translations

    def gettext(self, string: str, **variables: Any) -> str:
        """Say a sentence."""
        said = self.spoken().translations.ugettext(string)
        return str(elided(said % _apart(variables))) if variables else str(said)

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """Say a sentence that counts."""
        values = {"num": num, **_apart(variables)}
        said = self.spoken().translations.ungettext(singular, plural, num)
        return str(elided(said % values))


_SILENT = Catalogue(None, Domain().get_translations())
"""Of code that runs outside any application: sentences as they are written."""
sentences = Sentences()


def language() -> str:
    """Return the language being spoken: ``fr`` or ``en``."""
    return sentences.spoken().language


def init_app(app: Flask) -> None:
    """Have templates and code read from here."""
    app.extensions["babel"].instance.__dict__["domain_instance"] = sentences
    app.jinja_env.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext)


@pass_eval_context
def _gettext(context: EvalContext, string: str, **variables: Any) -> str:
    catalogue = sentences.spoken()
    if not variables:
        return catalogue.whole(string, context.autoescape)
    said = catalogue.pattern(string, context.autoescape) % _apart(variables)
    return elided(said)  # type: ignore[no-any-return]


@pass_eval_context
def _ngettext(context: EvalContext, singular: str, plural: str, num: int, **variables: Any) -> str:
    catalogue = sentences.spoken()
    if not variables:
        return catalogue.whole_counted(singular, plural, num, context.autoescape)
    values = {"num": num, **_apart(variables)}
    said = catalogue.counted(singular, plural, num, is_markup=context.autoescape)
    return elided(said % values)  # type: ignore[no-any-return]


def _apart(variables: dict[str, Any]) -> dict[str, Any]:
    return {name: marked(shown(value)) for name, value in variables.items()}
