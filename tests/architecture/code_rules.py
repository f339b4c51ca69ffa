"""Rules about Python files: each takes a file's name and text, and yields what is wrong."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator

from tests.architecture.tree import PACKAGES, SETTINGS

Rule = Callable[[str, str], Iterator[str]]

DOOR = "core/transaction.py"
CLOCK = "core/clock.py"
CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "date.today", "datetime.date.today", "time.time", "func.now",
}  # fmt: skip
SAY_NOTHING = {"one", "found", "made"}
"""Names of variables that say that there is something, and not what it is."""
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "stuff", "lib"}
LONGEST = 400


def _calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def only_the_door_commits(name: str, text: str) -> Iterator[str]:
    """One operation, one transaction: nobody else begins or ends one."""
    if name == DOOR:
        return
    for call, function in _calls(text):
        if function.endswith((".commit", ".begin")):
            yield f"{name}:{call.lineno}: {function}() outside {DOOR}"


def a_flush_says_why(name: str, text: str) -> Iterator[str]:
    """Writing early is an exception, as is a savepoint: the reason stands on its line."""
    comments = _comments(text)
    for call, function in _calls(text):
        if function.endswith(("session.flush", ".begin_nested")):
            lines = range(call.lineno, (call.end_lineno or call.lineno) + 1)
            if not any(line in comments for line in lines):
                yield f"{name}:{call.lineno}: {function}() without a reason on its line"


def hot_statements_are_made_once(name: str, text: str) -> Iterator[str]:
    """Building a statement costs more than running it: ``rows`` is given one that is there."""
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        built = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and _calls_anything(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "rows" and call.args:
                statement = call.args[0]
                if _calls_anything(statement) or ast.unparse(statement) in built:
                    yield f"{name}:{call.lineno}: rows() of a statement that is made each time"


def _calls_anything(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(value))


def markup_is_never_composed(name: str, text: str) -> Iterator[str]:
    """What is put together from pieces is escaped piece by piece: use Markup(…).format(…)."""
    for call, function in _calls(text):
        if function.split(".")[-1] == "Markup" and call.args:
            first = call.args[0]
            formatted = isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format")
            if formatted or isinstance(first, ast.JoinedStr | ast.BinOp):
                yield f"{name}:{call.lineno}: Markup() of a composed string"


def only_the_clock_reads_time(name: str, text: str) -> Iterator[str]:
    """Tests move time in one place; a default that reads the clock would escape them."""
    if name == CLOCK:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCK_READS:
            yield f"{name}:{node.lineno}: {ast.unparse(node)} instead of core.clock.now()"


NETWORKS = re.compile(r"network|remote_addr|home_of|access_route")
PLAIN_BRAKES = {"hit", "act", "check", "count", "clear"}


def networks_are_counted_whole(name: str, text: str) -> Iterator[str]:
    """Whoever owns a /48 has 65,536 networks: only ``hit_network`` counts the wider ones too."""
    if name == "core/rate_limit.py" or "rate_limit" not in text:
        return
    tree = ast.parse(text)
    bare = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "core.rate_limit"
        for alias in node.names
    }
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        tainted = _named_after_networks(scope)
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call):
                continue
            module, _, function = ast.unparse(node.func).rpartition(".")
            is_brake = function in PLAIN_BRAKES and (
                module.endswith("rate_limit") or (not module and function in bare)
            )
            words = " ".join(map(ast.unparse, [*node.args, *(key.value for key in node.keywords)]))
            if is_brake and (
                NETWORKS.search(words.lower()) or tainted & set(re.findall(r"\w+", words))
            ):
                yield f"{name}:{node.lineno}: {function}() of a network; use {function}_network"


def _named_after_networks(scope: ast.AST) -> set[str]:
    """Return the variables that were made from a network."""
    return {
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and NETWORKS.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def templates_are_files(name: str, text: str) -> Iterator[str]:
    """A template in a string escapes every rule about templates."""
    for call, function in _calls(text):
        if function.split(".")[-1] in {"render_template_string", "from_string"}:
            yield f"{name}:{call.lineno}: {function}()"


def packages_open_with_a_docstring_only(name: str, text: str) -> Iterator[str]:
    """Code in __init__.py makes importing one module import others.

    The folder of one role may say which of its names the outside uses: imports, and ``__all__``.
    """
    if not name.endswith("__init__.py"):
        return
    is_role = name.count("/") > 1
    for node in ast.parse(text).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not (is_role and _passes_names_on(node)):
            yield f"{name}:{node.lineno}: code in __init__.py"


def _passes_names_on(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__"
    return isinstance(node, ast.ImportFrom)


def modules_play_a_known_role(name: str, text: str) -> Iterator[str]:
    """A module's name is its role; a calculation belongs to the one package that declares it.

    A package that is divided by subject holds its parts, and what plugs them in or serves all.
    """
    package, _, rest = name.partition("/")
    if package not in PACKAGES or package == "core":
        return
    own: dict[str, list[str]] = SETTINGS["alveole"]["own-modules"]
    divided: dict[str, list[str]] = SETTINGS["alveole"]["parts"]
    module, _, inside = rest.partition("/")
    if module in divided.get(package, ()):
        package, module = f"{package}.{module}", inside.partition("/")[0]
    elif package in divided:
        if module.removesuffix(".py") not in {"__init__", *own.get(package, ())}:
            yield f"{name}: {module!r} is no part of {package}"
        return
    module = module.removesuffix(".py")
    borrowed = {other for owner, names in own.items() if owner not in divided for other in names}
    allowed = (layer_modules() - borrowed) | {"__init__"}
    if module not in allowed | set(own.get(package, ())):
        yield f"{name}: {module!r} is no role of {package}"


def layer_modules() -> set[str]:
    """Return every module that the import contract names."""
    contracts = SETTINGS["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "modules"]
    return set(re.findall(r"\w+", " ".join(layers)))


FORMS_AND_VIEWS = re.compile(r"(?!core/|tests/).*/(?:forms|views|sockets)(?:/[^/]+)?\.py")
READ_ELSEWHERE = {
    "DateField", "DateTimeField", "DateTimeLocalField", "TimeField", "MonthField", "WeekField",
    "IntegerField", "IntegerRangeField", "DecimalField", "DecimalRangeField", "FloatField",
    "EmailField", "TelField",
}  # fmt: skip
"""Fields of WTForms that read in their own way what ``core.reading`` reads for everybody."""
SENT = re.compile(r"request|form|typed|\.args|payload|data\b")
READERS = {
    "strptime", "fromisoformat", "fromtimestamp", "isdigit", "isdecimal", "isnumeric",
    "validate_email", "is_valid_number",
}  # fmt: skip


def forms_read_through_the_one_reader(name: str, text: str) -> Iterator[str]:
    """Hours, dates, figures, codes, numbers and addresses mean the same in every field."""
    if not FORMS_AND_VIEWS.fullmatch(name):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            yield from _borrowed_readers(name, node)
        elif isinstance(node, ast.Attribute) and node.attr in READERS:
            yield f"{name}:{node.lineno}: .{node.attr} instead of core.reading"
        elif isinstance(node, ast.keyword) and ast.unparse(node) in {"type=int", "type=float"}:
            yield f"{name}:{node.value.lineno}: {ast.unparse(node)} instead of core.reading.number"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"int", "float"}:
            given = " ".join(ast.unparse(argument) for argument in node.args)
            if "/forms" in name or SENT.search(given):
                yield f"{name}:{node.lineno}: {ast.unparse(node)} instead of core.reading.number"
        elif isinstance(node, ast.Constant) and r"\d" in str(node.value):
            yield f"{name}:{node.lineno}: a pattern of digits instead of core.reading"


def _borrowed_readers(name: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        if module.startswith("wtforms") and alias.name in READ_ELSEWHERE:
            yield f"{name}:{node.lineno}: wtforms.{alias.name} instead of core.fields"
        if {module.partition(".")[0], alias.name} & {"phonenumbers", "email_validator"}:
            yield f"{name}:{node.lineno}: a library instead of security.phones or addresses"


FORM_MACHINERY = {
    "core/accounts.py",  # whose token it is
    "core/late_forms.py",  # any form whose session has ended
    "core/typed_text.py",  # any form that could not be taken
}
"""What handles a form without knowing its fields."""
SENT_BARE = re.compile(r"(flask\.)?request\.(form|values)")


def what_is_sent_is_read_by_its_form(name: str, text: str) -> Iterator[str]:
    """A field has one reader, which says what is wrong with it, and gives back what was typed."""
    if name in FORM_MACHINERY:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and SENT_BARE.fullmatch(ast.unparse(node)):
            yield f"{name}:{node.lineno}: {ast.unparse(node)} instead of a field of a form"


OF_THE_WEB = re.compile(r"(dict|Mapping)\[str, Any\]|(Scalar)?Select\[Any\]")
"""What is of no class of ours: the values of a template, the row of a statement."""
SEVERAL_OF_ANY_KIND = re.compile(r"(Sequence|Iterable|list|tuple)\[.*\bAny\b")


def views_say_what_they_show(name: str, text: str) -> Iterator[str]:
    """`Any` hides from the type checker what a view does with a row, a reader, a form or a day.

    A form may take what its library hands it; the rows to choose from are ours.
    """
    if "/forms" in name:
        hiding = SEVERAL_OF_ANY_KIND
    elif "/views" in name or name.startswith("home/"):
        hiding = re.compile(r"\bAny\b")
    else:
        return
    for node in ast.walk(ast.parse(text)):
        for said in filter(None, _annotations(node)):
            if hiding.search(OF_THE_WEB.sub("", ast.unparse(said))):
                yield f"{name}:{said.lineno}: {ast.unparse(said)}"


ACTOR_OF_ANY_KIND = re.compile(r"_?actor: (Any|object)")


def actors_are_known(name: str, text: str) -> Iterator[str]:
    """Who asks is a person or nobody, on every storey: `User`, or `Actor` where both may ask."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.arg) and ACTOR_OF_ANY_KIND.fullmatch(ast.unparse(node)):
            yield f"{name}:{node.lineno}: {ast.unparse(node)}"


def _annotations(node: ast.AST) -> list[ast.expr | None]:
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation]
    return [node.returns] if isinstance(node, ast.FunctionDef) else []


def names_say_something(name: str, text: str) -> Iterator[str]:
    """« utils » is where things go that nobody finds again."""
    for part in name.split("/"):
        if part.partition(".")[0] in EMPTY_NAMES:
            yield f"{name}: {part!r} says nothing"


def variables_are_named_after_the_thing(name: str, text: str) -> Iterator[str]:
    """`for appointment in appointments`: a line is read without its query."""
    for node in ast.walk(ast.parse(text)):
        if (bound := _bound(node)) in SAY_NOTHING:
            yield f"{name}:{getattr(node, 'lineno', 0)}: {bound!r} says nothing"


def _bound(node: ast.AST) -> str | None:
    """Return the name that is given to something here, to what a template gets as well."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.arg | ast.keyword):
        return node.arg
    if isinstance(node, ast.alias):
        return node.asname
    return node.name if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) else None


def files_stay_short(name: str, text: str) -> Iterator[str]:
    """A long file is two subjects."""
    lines = text.count("\n")
    if lines > LONGEST:
        yield f"{name}: {lines} lines"


def nothing_is_left_for_later(name: str, text: str) -> Iterator[str]:
    """What is to be done is done, or written where work is planned."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b([T]ODO|[F]IXME|[X]XX)\b", line):
            yield f"{name}:{number}: {line.strip()}"


def migrations_import_nothing_of_ours(name: str, text: str) -> Iterator[str]:
    """A migration must still run when the code that it was written beside has changed."""
    for node in ast.walk(ast.parse(text)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            if module.partition(".")[0] in {*PACKAGES, "app"}:
                yield f"{name}: imports {module}"


LIFE = "scheduling/appointments/lifecycle.py"
STANDING = {"status", "sequence", "held_until", "confirmed_at", "cancelled_at"}
"""What says where an appointment stands; its times have the names of other tables' times."""


def only_the_lifecycle_writes_appointments(name: str, text: str) -> Iterator[str]:
    """Status and times change in one place, which publishes what changed."""
    if not name.startswith("scheduling/") or name == LIFE:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Appointment":
            yield f"{name}:{node.lineno}: an appointment is made by its lifecycle"
        elif isinstance(node, ast.Call) and ast.unparse(node) in {
            f"{verb}(Appointment)" for verb in ("insert", "update", "delete")
        }:
            yield f"{name}:{node.lineno}: {ast.unparse(node)} outside the lifecycle"
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in STANDING:
                    yield f"{name}:{node.lineno}: .{target.attr} is written by the lifecycle"
