"""Whose time: agendas, hours, absences, types and calendar links."""

import sqlalchemy as sa
from alembic import op


def create():
    op.create_table(
        "agendas",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_agendas_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_agendas_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agendas")),
        sa.UniqueConstraint("user_id", "bubble_id", name=op.f("uq_agendas_user_id_bubble_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_agendas_bubble_id"), "agendas", ["bubble_id"], unique=False)
    op.create_table(
        "consultation_types",
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=24), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("reimbursement", sa.String(length=200), server_default="", nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_bookable", sa.Boolean(), nullable=False),
        sa.Column("is_for_new", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_for_known", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("daily_maximum", sa.Integer(), nullable=True),
        sa.Column("cancellation_notice_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("video_link", sa.String(length=300), server_default="", nullable=False),
        sa.Column("instructions_before", sa.Text(), server_default="", nullable=False),
        sa.Column("instructions_after", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reminder_minutes",
            sa.String(length=60),
            server_default="10080,2880,1440,120",
            nullable=False,
        ),
        sa.Column("minimum_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "duration_minutes BETWEEN 5 AND 480",
            name=op.f("ck_consultation_types_sensible_duration"),
        ),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_consultation_types_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_types")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_consultation_types_bubble_id"), "consultation_types", ["bubble_id"], unique=False
    )
    op.create_table(
        "absences",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("agenda_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absences_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["agenda_id"],
            ["agendas.id"],
            name=op.f("fk_absences_agenda_id_agendas"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_absences_created_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_absences_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_absences_agenda_id"), "absences", ["agenda_id"], unique=False)
    op.create_index(op.f("ix_absences_series"), "absences", ["series"], unique=False)
    op.create_index(
        "ix_absences_user_id_starts_at", "absences", ["user_id", "starts_at"], unique=False
    )
    op.create_table(
        "availabilities",
        sa.Column("agenda_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_availabilities_ends_after_start")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_availabilities_weekday")),
        sa.ForeignKeyConstraint(
            ["agenda_id"],
            ["agendas.id"],
            name=op.f("fk_availabilities_agenda_id_agendas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availabilities")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_availabilities_agenda_id"), "availabilities", ["agenda_id"], unique=False
    )
    op.create_table(
        "consultation_type_caregivers",
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_consultation_type_caregivers_consultation_type_id_consultation_types"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_consultation_type_caregivers_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "consultation_type_id", "user_id", name=op.f("pk_consultation_type_caregivers")
        ),
    )
    op.create_table(
        "exceptional_hours",
        sa.Column("agenda_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_exceptional_hours_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["agenda_id"],
            ["agendas.id"],
            name=op.f("fk_exceptional_hours_agenda_id_agendas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exceptional_hours")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_exceptional_hours_agenda_id"), "exceptional_hours", ["agenda_id"], unique=False
    )
    op.create_table(
        "feed_links",
        sa.Column("agenda_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("detail_level", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_program", sa.String(length=80), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_silent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agenda_id"],
            ["agendas.id"],
            name=op.f("fk_feed_links_agenda_id_agendas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_links_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feed_links_agenda_id"), "feed_links", ["agenda_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("wording", sa.String(length=200), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_questions_consultation_type_id_consultation_types"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_questions_consultation_type_id"),
        "questions",
        ["consultation_type_id"],
        unique=False,
    )
    op.create_table(
        "availability_types",
        sa.Column("availability_id", sa.Integer(), nullable=False),
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["availability_id"],
            ["availabilities.id"],
            name=op.f("fk_availability_types_availability_id_availabilities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_availability_types_consultation_type_id_consultation_types"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "availability_id", "consultation_type_id", name=op.f("pk_availability_types")
        ),
    )
    op.create_table(
        "feed_readers",
        sa.Column("feed_link_id", sa.Integer(), nullable=False),
        sa.Column("program", sa.String(length=80), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_link_id"],
            ["feed_links.id"],
            name=op.f("fk_feed_readers_feed_link_id_feed_links"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_readers")),
        sa.UniqueConstraint(
            "feed_link_id",
            "program",
            "network",
            name=op.f("uq_feed_readers_feed_link_id_program_network"),
        ),
        sqlite_autoincrement=True,
    )
