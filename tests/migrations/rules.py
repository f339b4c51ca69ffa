"""Rules about migration files: each takes a file's name and text, and yields what is wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

NAME = re.compile(r"^\d{8}_\d{4}_[0-9a-f]{12}_(?P<slug>[a-z0-9_]+)\.py$")
WARNINGS = re.compile(r"^### Before you upgrade\n(.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
KINDS = ("expand_", "contract_")
TAKES_AWAY = {
    "drop_column", "drop_table", "drop_constraint", "rename_table",
    "batch_alter_table",
}  # fmt: skip
REFUSES = {
    "create_unique_constraint", "create_check_constraint", "create_exclude_constraint",
    "create_foreign_key", "create_primary_key",
}  # fmt: skip
"""They would refuse what the version before goes on writing."""
BAD_SQL = re.compile(
    r"\b(drop|rename|(?<!on )delete|truncate|set\s+not\s+null|add\s+constraint)\b", re.IGNORECASE
)


def says_what_it_is(name: str, _text: str) -> Iterator[str]:
    """A migration expands or contracts, and its name says which."""
    found = NAME.match(name)
    if found is None or not found["slug"].startswith(KINDS):
        yield f"{name}: call it <date>_<revision>_expand_… or contract_…"


def expands_only(name: str, text: str) -> Iterator[str]:
    """What expands takes nothing away, and leaves the version before able to write."""
    if "_expand_" not in name:
        return
    body = ast.parse(text).body
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    back = functions.pop("downgrade", None)
    if back is not None:  # what only the way back calls may take away what came
        for node in ast.walk(back):
            if isinstance(node, ast.Name) and not _is_called(node.id, functions):
                functions.pop(node.id, None)
    calls = [
        node
        for function in functions.values()
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    ]
    new_tables = {_word(call) for call in calls if _verb(call) == "create_table"}
    for call in calls:
        why = _why_it_breaks(call, new_tables)
        if why:
            yield f"{name}:{call.lineno}: {why}"


def has_a_way_back(name: str, text: str) -> Iterator[str]:
    """Whoever goes back a version needs the database of that version."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            real = [part for part in node.body if not isinstance(part, ast.Expr | ast.Pass)]
            if real or any(isinstance(part, ast.Expr) for part in node.body):
                return
    yield f"{name}: downgrade() does nothing"


def unannounced(names: Iterable[str], changelog: str) -> Iterator[str]:
    """Whoever hosts stops the version before only where « Before you upgrade » says so."""
    said = "".join(WARNINGS.findall(changelog))
    for name in names:
        found = NAME.match(name)
        if found and found["slug"].startswith("contract_") and f"`{found['slug']}`" not in said:
            yield f"{name}: CHANGELOG.md does not name it under « Before you upgrade »"


def _is_called(name: str, functions: dict[str, ast.FunctionDef]) -> bool:
    """Say whether one of the functions uses another one."""
    return any(
        isinstance(node, ast.Name) and node.id == name
        for function in functions.values()
        for node in ast.walk(function)
    )


def _why_it_breaks(call: ast.Call, new_tables: set[str]) -> str:
    verb, on_new = _verb(call), _table(call) in new_tables
    named = {word.arg for word in call.keywords}
    column = next((part for part in call.args if isinstance(part, ast.Call)), None)
    is_unique = verb == "create_index" and _given(call, "unique") == "True"
    takes_more = _given(call, "nullable") == "False" or named & {"new_column_name", "type_"}
    for is_so, why in (
        (verb in TAKES_AWAY, f"{verb}() takes something away: that is for a later contract_…"),
        (
            verb == "drop_index" and not _word(call).startswith("ix_"),
            "drop_index() takes something away: only an ordinary index, ix_…, may go",
        ),
        (verb in REFUSES and not on_new, f"{verb}() refuses what the version before writes"),
        (is_unique and not on_new, "a unique index refuses what the version before writes"),
        (
            verb == "add_column" and column is not None and not _may_be_left_out(column),
            "a new column is nullable or has a server_default",
        ),
        (
            verb == "alter_column" and takes_more,
            "alter_column() changes what the version before counts on",
        ),
        (
            verb == "execute" and BAD_SQL.search(ast.unparse(call)),
            "this statement takes something away, or refuses what the version before writes",
        ),
    ):
        if is_so:
            return why
    return ""


def _verb(call: ast.Call) -> str:
    """Return the operation of Alembic that is called, if it is one."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id in {"op", "batch_op", "connection"} else ""
    return ""


def _word(call: ast.Call, number: int = 0) -> str:
    if len(call.args) > number and isinstance(call.args[number], ast.Constant):
        return str(ast.literal_eval(call.args[number]))
    return ""


def _table(call: ast.Call) -> str:
    """Return the table that a constraint or an index is for: the second word after its name."""
    return _given(call, "table_name").strip("'\"") or _word(call, 1)


def _given(call: ast.Call, name: str) -> str:
    return next((ast.unparse(word.value) for word in call.keywords if word.arg == name), "")


def _may_be_left_out(column: ast.Call) -> bool:
    default = _given(column, "server_default")
    return _given(column, "nullable") != "False" or default not in {"", "None"}


RULES = (says_what_it_is, expands_only, has_a_way_back)
