"""Store the states of an appointment in FHIR's words: booked, fulfilled, noshow.

So far they were « confirmed », « honoured » and « missed ». The rows are rewritten, the history of
appointments and the kept lines of calendars with them, and the guard against overlaps is made anew:
it names the states that take time. The version before would write the old words past that guard,
so it must not run any more.

Revision: d3f7a95c1e64
Follows: c84e1a7f3b52
"""

import sqlalchemy as sa
from alembic import op

revision = "d3f7a95c1e64"
down_revision = "c84e1a7f3b52"
branch_labels = None
depends_on = None

RENAMED = {
    ("appointments", "status"): {"confirmed": "booked"},
    ("appointments", "attendance"): {"honoured": "fulfilled", "missed": "noshow"},
    ("appointment_changes", "kind"): {"honoured": "fulfilled", "missed": "noshow"},
    ("event_texts", "status"): {"confirmed": "booked"},
}
POSTGRESQL_GUARDS = [
    """ALTER TABLE appointments ADD CONSTRAINT ex_appointments_overlap
    EXCLUDE USING gist (
        int8range(caregiver_id, caregiver_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    ) WHERE (status IN ('held', '{promised}'))""",
]
SQLITE_GUARDS = [
    """CREATE TRIGGER ex_appointments_overlap
    BEFORE INSERT ON appointments
    WHEN NEW.status IN ('held', '{promised}')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', '{promised}')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
    """CREATE TRIGGER ex_appointments_overlap_update
    BEFORE UPDATE OF caregiver_id, starts_at, ends_at, status ON appointments
    WHEN NEW.status IN ('held', '{promised}')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.id <> NEW.id
              AND other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', '{promised}')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
]


def upgrade() -> None:
    _drop_guards()
    for (table, column), words in RENAMED.items():
        _rewrite(table, column, words)
    _make_guards(promised="booked")


def downgrade() -> None:
    _drop_guards()
    for (table, column), words in RENAMED.items():
        _rewrite(table, column, {new: old for old, new in words.items()})
    _make_guards(promised="confirmed")


def _rewrite(table: str, column: str, words: dict[str, str]) -> None:
    word = sa.column(column)
    rows = sa.update(sa.table(table, word))
    for before, after in words.items():
        op.execute(rows.where(word == before).values({column: after}))


def _drop_guards() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE appointments DROP CONSTRAINT IF EXISTS ex_appointments_overlap")
    else:
        op.execute("DROP TRIGGER IF EXISTS ex_appointments_overlap")
        op.execute("DROP TRIGGER IF EXISTS ex_appointments_overlap_update")


def _make_guards(promised: str) -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if is_postgresql else SQLITE_GUARDS:
        op.execute(guard.format(promised=promised))
