"""What templates become: each expression of a page is written by one function, and called by one.

Jinja asks of every value whether it is markup, and of every callable what it wants to be given, in
a dozen small calls; a page has hundreds of both.
"""

from __future__ import annotations

import re
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from flask.templating import Environment
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context, Macro
from jinja2.utils import _PassArg
from markupsafe import Markup, escape

from core.bidi import TO_LOOK_AT, shown

if TYPE_CHECKING:
    from jinja2.compiler import Frame
    from jinja2.nodes import Expr

_TO_CHANGE = re.compile(f"[&<>'\"]|{TO_LOOK_AT.pattern}")


def written(value: Any) -> str:
    """Return what a page says of ``value``: escaped, its direction kept from what is around it."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if kind is str and not _TO_CHANGE.search(value):
        return value  # type: ignore[no-any-return]
    return escape(shown(value))


class PageWriter(CodeGenerator):
    """Writes the Python of a template, as Jinja does but for expressions that are escaped."""

    def _output_child_pre(
        self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if self._is_escaped(frame):
            self.write("environment.written(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(
        self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if self._is_escaped(frame):
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)

    @staticmethod
    def _is_escaped(frame: Frame) -> bool:
        return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile


class PageContext(Context):
    """What a template knows while it is rendered."""

    def call(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls, with what it wants to be given."""
        function = obj.__func__ if type(obj) is MethodType else obj
        if type(function) is FunctionType:
            wants = function.__dict__.get("jinja_pass_arg")
        elif type(function) is Macro:
            wants = _PassArg.eval_context
        else:
            return super().call(obj, *args, **kwargs)
        if wants is _PassArg.eval_context:
            args = (self.eval_ctx, *args)
        elif wants is not None:
            return super().call(obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(*args, **kwargs)


class PageEnvironment(Environment):
    """Where templates are found, read and kept."""

    code_generator_class = PageWriter
    context_class = PageContext
    written = staticmethod(written)
