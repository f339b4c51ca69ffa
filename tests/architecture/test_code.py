"""The rules of the house about Python files, on the whole tree and on files that break them."""

from __future__ import annotations

import pytest

from tests.architecture import code_rules as rules
from tests.architecture.tree import (
    EVERYTHING,
    MIGRATIONS,
    PACKAGES,
    PRODUCT,
    PYTHON,
    SETTINGS,
    TOOLS,
    faults,
)

OF_THE_PRODUCT = [
    rules.only_the_door_commits,
    rules.a_flush_says_why,
    rules.hot_statements_are_made_once,
    rules.markup_is_never_composed,
    rules.only_the_clock_reads_time,
    rules.templates_are_files,
    rules.networks_are_counted_whole,
    rules.modules_play_a_known_role,
    rules.forms_read_through_the_one_reader,
    rules.what_is_sent_is_read_by_its_form,
    rules.views_say_what_they_show,
    rules.actors_are_known,
    rules.variables_are_named_after_the_thing,
    rules.only_the_lifecycle_writes_appointments,
]

BROKEN = [
    *(
        (rules.only_the_lifecycle_writes_appointments, "scheduling/booking/operations/a.py", text)
        for text in (
            "appointment.status = AppointmentStatus.CANCELLED\n",
            "appointment.sequence += 1\n",
            "db.session.add(Appointment(starts_at=now))\n",
            "db.session.execute(update(Appointment).values(starts_at=now))\n",
        )
    ),
    *(
        (rules.views_say_what_they_show, "bubbles/views/a.py", text)
        for text in (
            "def page(bubble: Any) -> str: ...\n",
            "def page(form: Any) -> str: ...\n",
            "def page(**context: Any) -> str: ...\n",
            "def _zone(agendas: Sequence[Any], chosen: Agenda | None) -> str: ...\n",
            "def _year(day: Any) -> str: ...\n",
            "def _found() -> tuple[Any, int]: ...\n",
            "row: Any = _found()\n",
        )
    ),
    *(
        (
            rules.views_say_what_they_show,
            "scheduling/booking/forms/a.py",
            f"def f(types: {many}): ...\n",
        )
        for many in ("Sequence[Any]", "list[Any]", "Sequence[tuple[Any, str]]")
    ),
    (rules.actors_are_known, "patient/policy.py", "def acts_for(actor: Any) -> bool: ...\n"),
    (rules.actors_are_known, "home/queries/a.py", "def read(_actor: object) -> None: ...\n"),
    *(
        (rules.variables_are_named_after_the_thing, "home/views.py", text)
        for text in (
            "for one in appointments:\n    pass\n",
            "ids = [one.id for one in appointments]\n",
            "found = find(1)\n",
            "if made := make():\n    pass\n",
            "class Facts:\n    found: int = 0\n",
            "first, one = pair\n",
            "def name(one: User) -> str: ...\n",
            "said = sorted(hours, key=lambda one: one.at)\n",
            'render_template("home/day.html", found=appointments)\n',
            "from core import clock as one\n",
            "try:\n    pass\nexcept ValueError as made:\n    pass\n",
            "match rows:\n    case [one, *found]:\n        pass\n",
        )
    ),
    *(
        (rules.forms_read_through_the_one_reader, name, text)
        for name, text in [
            ("home/forms.py", "from wtforms import Field, DateField\n"),
            ("scheduling/forms/hours.py", "from wtforms.fields import TimeField\n"),
            ("home/views/day.py", 'on = date.fromisoformat(request.args["jour"])\n'),
            ("home/views.py", 'on = datetime.strptime(text, "%d/%m/%Y")\n'),
            ("home/forms.py", "if typed.isdigit():\n    pass\n"),
            ("home/views.py", 'page = request.args.get("page", 1, type=int)\n'),
            ("home/views.py", 'page = int(request.args["page"])\n'),
            ("messaging/sockets.py", 'seq = int(payload["seq"])\n'),
            ("home/forms.py", "import phonenumbers\n"),
            ("home/forms.py", 'HOUR = re.compile(r"(\\d+)h(\\d+)")\n'),
        ]
    ),
    *(
        (rules.what_is_sent_is_read_by_its_form, name, text)
        for name, text in [
            ("home/views.py", 'said = request.form.get("answer")\n'),
            ("home/views/day.py", 'is_back = "retour" in request.form\n'),
            ("home/views.py", 'suite = request.values.get("suite")\n'),
            ("home/forms.py", 'size = flask.request.form["size"]\n'),
            ("core/refusals.py", "fields = request.form.items(multi=True)\n"),
        ]
    ),
    (rules.only_the_door_commits, "bubbles/operations.py", "db.session.commit()\n"),
    (rules.only_the_door_commits, "core/audit.py", "with engine.begin() as c:\n    pass\n"),
    (rules.hot_statements_are_made_once, "a.py", "def f():\n    rows(select(X))\n"),
    (rules.hot_statements_are_made_once, "a.py", "def f():\n    s = A.where(B)\n    rows(s)\n"),
    (rules.a_flush_says_why, "bubbles/operations.py", "# why\ndb.session.flush()\n"),
    (rules.a_flush_says_why, "bubbles/operations.py", "with db.session.begin_nested():\n    f()\n"),
    (rules.markup_is_never_composed, "home/views.py", 'Markup(f"<b>{name}</b>")\n'),
    (rules.markup_is_never_composed, "home/views.py", 'markupsafe.Markup("<b>%s</b>" % name)\n'),
    (rules.markup_is_never_composed, "home/views.py", 'Markup("<b>{}</b>".format(name))\n'),
    (rules.only_the_clock_reads_time, "home/views.py", "now = datetime.now(UTC)\n"),
    (rules.only_the_clock_reads_time, "home/models.py", "at = column(default=datetime.utcnow)\n"),
    (rules.only_the_clock_reads_time, "home/models.py", "at = column(server_default=func.now())\n"),
    (rules.templates_are_files, "home/views.py", 'render_template_string("<p>")\n'),
    (
        rules.networks_are_counted_whole,
        "home/views.py",
        "def f():\n    rate_limit.hit(LIMIT, network_of(request.remote_addr))\n",
    ),
    (
        rules.networks_are_counted_whole,
        "home/views.py",
        'def f(network):\n    key = f"{network} x"\n    rate_limit.hit(LIMIT, key)\n',
    ),
    (
        rules.networks_are_counted_whole,
        "home/views.py",
        "from core.rate_limit import hit\n\ndef f():\n    hit(brakes.ANY_NETWORK, who)\n",
    ),
    (rules.modules_play_a_known_role, "bubbles/services.py", ""),
    (rules.modules_play_a_known_role, "bubbles/totp.py", ""),
    (rules.modules_play_a_known_role, "home/extra/views.py", ""),
    (rules.packages_open_with_a_docstring_only, "bubbles/__init__.py", "from x import y\n"),
    (rules.packages_open_with_a_docstring_only, "home/views/__init__.py", "def f(): ...\n"),
    (rules.packages_open_with_a_docstring_only, "home/views/__init__.py", "x = 1\n"),
    (rules.names_say_something, "tests/bubbles/helpers.py", ""),
    (rules.names_say_something, "static/js/utils.js", ""),
    (rules.names_say_something, "core/common/clock.py", ""),
    (rules.files_stay_short, "home/views.py", "pass\n" * (rules.LONGEST + 1)),
    (rules.nothing_is_left_for_later, "home/views.py", "x = 1  # T\x4fDO: two\n"),
    (rules.migrations_import_nothing_of_ours, "migrations/a.py", "from bubbles.models import B\n"),
    (rules.migrations_import_nothing_of_ours, "migrations/a.py", "import core.database\n"),
]

SOUND = [
    (
        rules.only_the_lifecycle_writes_appointments,
        "scheduling/replanning/operations.py",
        "proposal.starts_at = now\nselect(Appointment)\n",
    ),
    (rules.what_is_sent_is_read_by_its_form, "home/views.py", "said = StepForm().answer.data\n"),
    (rules.what_is_sent_is_read_by_its_form, "home/views.py", 'on = request.args.get("jour")\n'),
    (rules.what_is_sent_is_read_by_its_form, "core/typed_text.py", "request.form.items()\n"),
    (rules.views_say_what_they_show, "bubbles/views/a.py", "def page(bubble: Bubble): ...\n"),
    (rules.views_say_what_they_show, "home/views.py", "values: dict[str, Any] = {}\n"),
    (rules.views_say_what_they_show, "home/forms.py", "def process(self, data: Any): ...\n"),
    (rules.actors_are_known, "patient/policy.py", "def acts_for(actor: Actor) -> bool: ...\n"),
    (
        rules.variables_are_named_after_the_thing,
        "home/views.py",
        "ids = [appointment.id for appointment in rows.one().made if found(appointment)]\n",
    ),
    (rules.variables_are_named_after_the_thing, "demo/cli.py", "def found() -> None: ...\n"),
    (rules.forms_read_through_the_one_reader, "core/reading.py", "typed.isdigit()\n"),
    (
        rules.forms_read_through_the_one_reader,
        "home/forms.py",
        "from core.fields import DayField\n",
    ),
    (rules.only_the_door_commits, "core/transaction.py", "db.session.commit()\n"),
    (rules.hot_statements_are_made_once, "a.py", "def f(x):\n    s = A if x else B\n    rows(s)\n"),
    (rules.a_flush_says_why, "bubbles/operations.py", "db.session.flush()  # the id is needed\n"),
    (rules.a_flush_says_why, "core/logs.py", "sys.stdout.flush()\n"),
    (rules.markup_is_never_composed, "home/views.py", 'Markup("<b>{}</b>").format(name)\n'),
    (rules.only_the_clock_reads_time, "core/clock.py", "datetime.now(UTC)\n"),
    (
        rules.networks_are_counted_whole,
        "home/views.py",
        "def f(network):\n    rate_limit.hit(LIMIT, a)\n    rate_limit.hit_network(X, network)\n",
    ),
    (rules.modules_play_a_known_role, "security/totp.py", ""),
    (rules.modules_play_a_known_role, "scheduling/appointments/operations/attendance.py", ""),
    (rules.modules_play_a_known_role, "scheduling/time/slots.py", ""),
    (rules.modules_play_a_known_role, "scheduling/wiring.py", ""),
    (rules.modules_play_a_known_role, "core/anything.py", ""),
    (rules.packages_open_with_a_docstring_only, "bubbles/__init__.py", '"""Care teams."""\n'),
    (rules.packages_open_with_a_docstring_only, "a/models/__init__.py", "from b import c\n"),
    (rules.files_stay_short, "home/views.py", "pass\n" * rules.LONGEST),
    (rules.migrations_import_nothing_of_ours, "migrations/a.py", "import sqlalchemy as sa\n"),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_rule_sees_the_file_that_breaks_it(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text))


@pytest.mark.parametrize(("rule", "name", "text"), SOUND)
def test_a_rule_leaves_a_sound_file_in_peace(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text)) == []


@pytest.mark.parametrize("rule", OF_THE_PRODUCT)
def test_the_product_keeps_the_rule(rule: rules.Rule):
    assert faults(rule, PRODUCT) == []


def test_scripts_and_measurements_name_their_variables_too():
    assert faults(rules.variables_are_named_after_the_thing, TOOLS) == []


def test_packages_hold_no_code_of_their_own():
    assert faults(rules.packages_open_with_a_docstring_only, PYTHON) == []


def test_every_file_has_a_name_that_says_something():
    assert faults(rules.names_say_something, EVERYTHING) == []


def test_no_file_is_too_long_to_be_read():
    assert faults(rules.files_stay_short, EVERYTHING) == []


def test_nothing_is_left_for_later():
    assert faults(rules.nothing_is_left_for_later, EVERYTHING) == []


def test_migrations_outlive_the_code():
    versions = [name for name in MIGRATIONS if name.startswith("migrations/versions/")]
    assert faults(rules.migrations_import_nothing_of_ours, versions) == []


def test_a_module_of_one_package_is_named_in_the_contract_too():
    own = SETTINGS["alveole"]["own-modules"]
    parts = SETTINGS["alveole"]["parts"]
    inside = {f"{package}.{part}" for package in parts for part in parts[package]}
    assert set(own) <= set(PACKAGES) | inside
    named = {name for owner, names in own.items() if owner not in parts for name in names}
    assert named <= rules.layer_modules()
