"""Each upgrade carries every row over, and an expanding one lets the version before go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError, OperationalError

from core.database import db
from tests.migrations import rules
from tests.migrations.walk import BASELINE, config_with, files_of, rows_as_of, walk

HEAD = """\
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{follows}"
branch_labels = None
depends_on = None


"""


@pytest.fixture
def trial(tmp_path):
    """``trial("expand_x", "op.…")`` writes a migration that follows the newest one."""
    folder = tmp_path / "versions"
    folder.mkdir()

    def write(slug: str, upgrade: str, downgrade: str = "pass", revision: str = "0" * 12) -> Path:
        follows = ScriptDirectory("migrations").get_current_head()
        text = HEAD.format(revision=revision, follows=follows)
        text += f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
        (folder / f"20991231_0900_{revision}_{slug}.py").write_text(text, "utf-8")
        return folder

    return write


@pytest.fixture
def at_head(fresh) -> str:
    """A database of today's version, with the rows of the demonstration; which version it is."""
    [head] = ScriptDirectory("migrations").get_heads()
    rows_as_of(head)
    return head


def problems_of(folder: Path) -> list[str]:
    return [
        problem
        for path in sorted(folder.glob("*.py"))
        for rule in rules.RULES
        for problem in rule(path.name, path.read_text("utf-8"))
    ]


# ── What is there ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_every_row_survives_every_upgrade(fresh):
    assert list(walk(config_with())) == []


def test_every_file_keeps_the_rules(fresh):
    found = [
        problem
        for path in files_of(config_with())
        for rule in rules.RULES
        for problem in rule(path.name, path.read_text("utf-8"))
    ]
    assert found == []


def test_every_contract_is_named_where_one_reads_before_upgrading():
    names = [path.name for path in Path("migrations/versions").glob("*.py")]
    assert list(rules.unannounced(names, Path("CHANGELOG.md").read_text("utf-8"))) == []


def test_there_is_one_head():
    assert len(ScriptDirectory("migrations").get_heads()) == 1


@pytest.mark.both_databases
def test_at_the_head_nothing_is_left_to_migrate(fresh):
    command.upgrade(config_with(), "head")
    db.engine.dispose()
    checked = fresh.test_cli_runner().invoke(args=["db", "check"])
    assert (checked.exit_code, checked.exception) == (0, None), checked.output


# ── Controls: each of these would be found ────────────────────────────────────────────────────


GOOD = [
    "op.add_column('users', sa.Column('nickname', sa.String(40), nullable=True))",
    "op.add_column('users', sa.Column('stars', sa.Integer(), server_default='0', nullable=False))",
    "op.add_column('users', sa.Column('age', sa.Integer()))",
    "op.drop_index('ix_users_phone', 'users')",
    "op.execute('ALTER TABLE users ADD COLUMN age INTEGER REFERENCES users ON DELETE CASCADE')",
    "op.create_table('stars', sa.Column('id', sa.Integer(), primary_key=True))",
]
BAD = [
    ("op.drop_column('users', 'phone')", "takes something away"),
    ("op.drop_table('reminders')", "takes something away"),
    ("op.rename_table('reminders', 'calls')", "takes something away"),
    ("op.add_column('users', sa.Column('age', sa.Integer(), nullable=False))", "server_default"),
    ("op.drop_index('uq_guardianships_one_self', 'guardianships')", "takes something away"),
    ("op.alter_column('users', 'phone', nullable=False)", "counts on"),
    ("op.alter_column('users', 'phone', new_column_name='telephone')", "counts on"),
    ("op.create_unique_constraint('uq', 'users', ['phone'])", "refuses"),
    ("op.create_index('ix', 'users', ['phone'], unique=True)", "refuses"),
    ("op.execute('ALTER TABLE users RENAME phone TO telephone')", "takes something away"),
    ("_helped()\n\n\ndef _helped():\n    op.drop_table('reminders')", "takes something away"),
]


@pytest.mark.parametrize("upgrade", GOOD)
def test_what_only_adds_may_expand(trial, upgrade):
    assert problems_of(trial("expand_x", upgrade, "op.execute('SELECT 1')")) == []


@pytest.mark.parametrize(("upgrade", "problem"), BAD)
def test_what_breaks_the_version_before_may_not(trial, upgrade, problem):
    [found] = problems_of(trial("expand_x", upgrade, "op.execute('SELECT 1')"))
    assert problem in found
    contract = trial("contract_x", upgrade, "op.execute('SELECT 1')", "1" * 12)
    assert not [line for line in problems_of(contract) if "contract_x" in line]


def test_a_name_that_says_nothing_is_refused(trial):
    [found] = problems_of(trial("add_stars", "pass", "op.execute('SELECT 1')"))
    assert "expand_… or contract_…" in found


def test_a_migration_without_a_way_back_is_refused(trial):
    [found] = problems_of(trial("expand_x", "pass"))
    assert "downgrade() does nothing" in found


def test_a_contract_of_which_the_changelog_says_nothing_is_found(trial):
    names = [path.name for path in trial("contract_x", "pass").glob("*.py")]
    changelog = "## 2\n\n### Before you upgrade\n- Stop it: {}\n\n### New\n- It is `contract_x`.\n"
    assert list(rules.unannounced(names, changelog.format("`contract_x`"))) == []
    [found] = rules.unannounced(names, changelog.format("`contract_xy`"))
    assert "contract_x.py: CHANGELOG.md does not name it" in found


def test_a_second_head_is_seen(fresh, trial):
    trial("expand_x", "pass")
    folder = trial("expand_y", "pass", revision="1" * 12)
    assert len(ScriptDirectory.from_config(config_with(folder)).get_heads()) > 1


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("upgrade", "problem"),
    [
        ("op.execute('DELETE FROM reminders')", "reminders has lost 1 rows"),
        (
            "op.execute(\"UPDATE patients SET family_name = 'X' WHERE id = 1\")",
            "patients.family_name",
        ),
        ("op.drop_table('read_marks')", "read_marks is gone"),
    ],
)
def test_an_upgrade_that_loses_something_is_found(at_head, trial, upgrade, problem):
    found = list(walk(config_with(trial("expand_x", upgrade)), after=at_head))
    assert any(problem in line for line in found), found


STRICT = {
    "sqlite": "CREATE TRIGGER strict BEFORE INSERT ON patients WHEN NEW.sex IS NULL"
    " BEGIN SELECT RAISE(ABORT, 'strict'); END",
    "postgresql": "CREATE FUNCTION strict() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RAISE EXCEPTION ''strict''; END';"
    " CREATE TRIGGER strict BEFORE INSERT ON patients FOR EACH ROW"
    " WHEN (NEW.sex IS NULL) EXECUTE FUNCTION strict()",
}


@pytest.mark.both_databases
def test_a_constraint_that_the_version_before_does_not_know_is_found(at_head, trial):
    """Every row that is there passes it: only what is written afterwards is refused."""
    make = STRICT[db.engine.dialect.name]
    folder = trial("expand_x", f"op.execute({make!r})")
    with pytest.raises(DBAPIError, match="strict"):
        list(walk(config_with(folder), after=at_head))


@pytest.mark.on_postgresql
def test_a_migration_does_not_wait_long_for_a_lock(fresh, trial):
    """Whoever waits for a table makes everybody else wait behind it."""
    config = config_with(trial("expand_x", GOOD[0], "op.drop_column('users', 'nickname')"))
    config.set_main_option("lock_timeout", "200ms")
    command.upgrade(config, BASELINE)
    db.engine.dispose()
    with db.engine.begin() as reader:
        reader.execute(sa.text("SELECT id FROM users"))
        with pytest.raises(OperationalError, match="lock timeout"):
            command.upgrade(config, "head")
    assert "nickname" not in {
        column["name"] for column in sa.inspect(db.engine).get_columns("users")
    }
    db.engine.dispose()
    command.upgrade(config, "head")
    assert "nickname" in {column["name"] for column in sa.inspect(db.engine).get_columns("users")}
