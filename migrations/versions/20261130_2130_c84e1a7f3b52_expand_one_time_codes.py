"""One table for the codes that a mailbox or a telephone gets, whatever carries them.

Codes that were sent are copied, the older ones too: whoever is in the middle of signing in types
theirs, and is told when it is replaced, used or too old. ``email_codes`` and ``phone_codes`` stay
as they are for the version before; a contract drops them, a version later. A code that it sends
after this migration is not known here: another one is asked for.

Revision: c84e1a7f3b52
Follows: b41f0c2d9e70
"""

import sqlalchemy as sa
from alembic import op

revision = "c84e1a7f3b52"
down_revision = "b41f0c2d9e70"
branch_labels = None
depends_on = None

ASKERS = {
    "sign_in_attempt_id": "sign_in_attempts",
    "sign_up_id": "sign_ups",
    "email_change_id": "email_changes",
    "mailed_link_id": "mailed_links",
    "phone_proof_id": "phone_proofs",
}
ONE_ASKER = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in ASKERS) + " = 1"
SAME = {
    name: sa.column(name)
    for name in ("purpose", *ASKERS, "code_hash", "sent_at", "expires_at", "used_at")
}
CAME_FROM = {
    "email_codes": SAME | {"channel": sa.literal_column("'mail'")},
    "phone_codes": SAME | {"channel": sa.column("channel"), "outbox_id": sa.column("outbox_id")},
}


def upgrade():
    op.create_table(
        "one_time_codes",
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ASKERS),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(ONE_ASKER, name=op.f("ck_one_time_codes_one_asker")),
        *(
            sa.ForeignKeyConstraint(
                [name],
                [f"{table}.id"],
                name=op.f(f"fk_one_time_codes_{name}_{table}"),
                ondelete="CASCADE",
            )
            for name, table in ASKERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox_messages.id"],
            name=op.f("fk_one_time_codes_outbox_id_outbox_messages"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        sqlite_autoincrement=True,
    )
    for name in (*ASKERS, "outbox_id"):
        op.create_index(op.f(f"ix_one_time_codes_{name}"), "one_time_codes", [name], unique=False)
    for table, columns in CAME_FROM.items():
        # In the order in which they were sent: of each way the newest counts.
        sent = sa.select(*columns.values()).select_from(sa.table(table)).order_by(sa.column("id"))
        codes = sa.table("one_time_codes", *map(sa.column, columns))
        op.execute(sa.insert(codes).from_select(list(columns), sent))


def downgrade():
    op.drop_table("one_time_codes")
