"""People cared for, who follows them, and notes about them."""

import sqlalchemy as sa
from alembic import op


def create():
    op.create_table(
        "patients",
        sa.Column("given_name", sa.String(length=80), nullable=False),
        sa.Column("family_name", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("birth_name", sa.String(length=80), nullable=True),
        sa.Column("birth_place", sa.String(length=120), nullable=True),
        sa.Column("birth_country", sa.String(length=80), nullable=True),
        sa.Column("street", sa.String(length=200), nullable=True),
        sa.Column("postcode", sa.String(length=12), nullable=True),
        sa.Column("town", sa.String(length=80), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "sort_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_patients_sort_key"), "patients", ["sort_key"], unique=False)
    op.create_table(
        "guardianships",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patients.id"],
            name=op.f("fk_guardianships_patient_id_patients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_guardianships_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianships")),
        sa.UniqueConstraint(
            "user_id", "patient_id", name=op.f("uq_guardianships_user_id_patient_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_guardianships_patient_id"), "guardianships", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_guardianships_one_self",
        "guardianships",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'self'"),
        postgresql_where=sa.text("kind = 'self'"),
    )
    op.create_table(
        "enrolments",
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_enrolments_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patients.id"],
            name=op.f("fk_enrolments_patient_id_patients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_enrolments_bubble_id"), "enrolments", ["bubble_id"], unique=False)
    op.create_index(op.f("ix_enrolments_patient_id"), "enrolments", ["patient_id"], unique=False)
    op.create_index(
        "uq_enrolments_one_live",
        "enrolments",
        ["bubble_id", "patient_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "care_assignments",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_care_assignments_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_care_assignments_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_assignments")),
        sa.UniqueConstraint(
            "enrolment_id", "user_id", name=op.f("uq_care_assignments_enrolment_id_user_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_care_assignments_user_id"), "care_assignments", ["user_id"], unique=False
    )
    op.create_table(
        "team_notes",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        sa.Column("is_shown_to_patient", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_team_notes_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_team_notes_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_team_notes_author_id"), "team_notes", ["author_id"], unique=False)
    op.create_index(
        "ix_team_notes_enrolment_id_written_at",
        "team_notes",
        ["enrolment_id", "written_at"],
        unique=False,
    )
    op.create_table(
        "team_note_readers",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["team_notes.id"],
            name=op.f("fk_team_note_readers_note_id_team_notes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_team_note_readers_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_note_readers")),
        sa.UniqueConstraint(
            "note_id", "user_id", name=op.f("uq_team_note_readers_note_id_user_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_team_note_readers_user_id"), "team_note_readers", ["user_id"], unique=False
    )
