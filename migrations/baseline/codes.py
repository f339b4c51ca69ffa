"""Codes that were sent, and what a telephone confirms."""

import sqlalchemy as sa
from alembic import op

# A code belongs to exactly one of the things that ask for codes.
ONE_ASKER = (
    "CASE WHEN sign_in_attempt_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN sign_up_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN email_change_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN mailed_link_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN phone_proof_id IS NULL THEN 0 ELSE 1 END = 1"
)


def create():
    op.create_table(
        "phone_proofs",
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=43), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("new_password_hash", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_phone_proofs_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_phone_proofs_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_proofs")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_phone_proofs_session_id"), "phone_proofs", ["session_id"], unique=False
    )
    op.create_index(op.f("ix_phone_proofs_user_id"), "phone_proofs", ["user_id"], unique=False)
    op.create_table(
        "email_codes",
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("sign_in_attempt_id", sa.Integer(), nullable=True),
        sa.Column("sign_up_id", sa.Integer(), nullable=True),
        sa.Column("email_change_id", sa.Integer(), nullable=True),
        sa.Column("mailed_link_id", sa.Integer(), nullable=True),
        sa.Column("phone_proof_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            ONE_ASKER,
            name=op.f("ck_email_codes_one_asker"),
        ),
        sa.ForeignKeyConstraint(
            ["email_change_id"],
            ["email_changes.id"],
            name=op.f("fk_email_codes_email_change_id_email_changes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mailed_link_id"],
            ["mailed_links.id"],
            name=op.f("fk_email_codes_mailed_link_id_mailed_links"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["phone_proof_id"],
            ["phone_proofs.id"],
            name=op.f("fk_email_codes_phone_proof_id_phone_proofs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sign_in_attempt_id"],
            ["sign_in_attempts.id"],
            name=op.f("fk_email_codes_sign_in_attempt_id_sign_in_attempts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sign_up_id"],
            ["sign_ups.id"],
            name=op.f("fk_email_codes_sign_up_id_sign_ups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_codes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_email_codes_email_change_id"), "email_codes", ["email_change_id"], unique=False
    )
    op.create_index(
        op.f("ix_email_codes_mailed_link_id"), "email_codes", ["mailed_link_id"], unique=False
    )
    op.create_index(
        op.f("ix_email_codes_phone_proof_id"), "email_codes", ["phone_proof_id"], unique=False
    )
    op.create_index(
        op.f("ix_email_codes_sign_in_attempt_id"),
        "email_codes",
        ["sign_in_attempt_id"],
        unique=False,
    )
    op.create_index(op.f("ix_email_codes_sign_up_id"), "email_codes", ["sign_up_id"], unique=False)
    op.create_table(
        "phone_codes",
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("sign_in_attempt_id", sa.Integer(), nullable=True),
        sa.Column("sign_up_id", sa.Integer(), nullable=True),
        sa.Column("email_change_id", sa.Integer(), nullable=True),
        sa.Column("mailed_link_id", sa.Integer(), nullable=True),
        sa.Column("phone_proof_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            ONE_ASKER,
            name=op.f("ck_phone_codes_one_asker"),
        ),
        sa.ForeignKeyConstraint(
            ["email_change_id"],
            ["email_changes.id"],
            name=op.f("fk_phone_codes_email_change_id_email_changes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mailed_link_id"],
            ["mailed_links.id"],
            name=op.f("fk_phone_codes_mailed_link_id_mailed_links"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox_messages.id"],
            name=op.f("fk_phone_codes_outbox_id_outbox_messages"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["phone_proof_id"],
            ["phone_proofs.id"],
            name=op.f("fk_phone_codes_phone_proof_id_phone_proofs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sign_in_attempt_id"],
            ["sign_in_attempts.id"],
            name=op.f("fk_phone_codes_sign_in_attempt_id_sign_in_attempts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sign_up_id"],
            ["sign_ups.id"],
            name=op.f("fk_phone_codes_sign_up_id_sign_ups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_codes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_phone_codes_email_change_id"), "phone_codes", ["email_change_id"], unique=False
    )
    op.create_index(
        op.f("ix_phone_codes_mailed_link_id"), "phone_codes", ["mailed_link_id"], unique=False
    )
    op.create_index(op.f("ix_phone_codes_outbox_id"), "phone_codes", ["outbox_id"], unique=False)
    op.create_index(
        op.f("ix_phone_codes_phone_proof_id"), "phone_codes", ["phone_proof_id"], unique=False
    )
    op.create_index(
        op.f("ix_phone_codes_sign_in_attempt_id"),
        "phone_codes",
        ["sign_in_attempt_id"],
        unique=False,
    )
    op.create_index(op.f("ix_phone_codes_sign_up_id"), "phone_codes", ["sign_up_id"], unique=False)
