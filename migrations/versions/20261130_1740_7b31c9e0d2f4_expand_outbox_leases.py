"""Leases for each message, lanes, what a message is about, and the workers' signs of life.

Revision: 7b31c9e0d2f4
Follows: 5c0e7d94a1b2
"""

import sqlalchemy as sa
from alembic import op

revision = "7b31c9e0d2f4"
down_revision = "5c0e7d94a1b2"
branch_labels = None
depends_on = None


def upgrade():
    for column in (
        sa.Column("lane", sa.String(length=24), server_default="ordinary", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(length=43), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("outbox_messages", column)
    op.execute("UPDATE outbox_messages SET lane = 'urgent' WHERE kind IN ('sms', 'call')")
    op.execute(
        "UPDATE outbox_messages SET told_at = done_at,"
        " due_at = CASE WHEN attempts = 0 THEN not_before ELSE created_at END"
    )
    op.create_index(
        "ix_outbox_messages_state_lane_not_before",
        "outbox_messages",
        ["state", "lane", "not_before"],
        unique=False,
    )
    op.create_table(
        "outbox_abouts",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_messages.id"],
            name=op.f("fk_outbox_abouts_message_id_outbox_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "message_id", "about_kind", "about_id", name=op.f("pk_outbox_abouts")
        ),
    )
    op.create_index(
        "ix_outbox_abouts_about_kind_about_id",
        "outbox_abouts",
        ["about_kind", "about_id"],
        unique=False,
    )
    op.create_table(
        "outbox_workers",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resting", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_workers")),
        sa.UniqueConstraint("name", name=op.f("uq_outbox_workers_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_workers_seen_at"), "outbox_workers", ["seen_at"], unique=False)


def downgrade():
    op.drop_table("outbox_workers")
    op.drop_table("outbox_abouts")
    op.drop_index("ix_outbox_messages_state_lane_not_before", table_name="outbox_messages")
    for name in ("told_at", "lease", "due_at", "lane"):
        op.drop_column("outbox_messages", name)
