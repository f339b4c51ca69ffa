"""The professional face: profile, papers and their reviews."""

import sqlalchemy as sa
from alembic import op


def create():
    op.create_table(
        "caregivers",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("profession", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=20), nullable=True),
        sa.Column("given_name", sa.String(length=80), nullable=True),
        sa.Column("family_name", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_caregivers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caregivers")),
        sa.UniqueConstraint("user_id", name=op.f("uq_caregivers_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "administrative_documents",
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["caregivers.id"],
            name=op.f("fk_administrative_documents_caregiver_id_caregivers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_files.id"],
            name=op.f("fk_administrative_documents_file_id_stored_files"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_documents")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_administrative_documents_caregiver_id"),
        "administrative_documents",
        ["caregiver_id"],
        unique=False,
    )
    op.create_table(
        "portraits",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_portraits_file_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_portraits_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portraits")),
        sa.UniqueConstraint("file_id", name=op.f("uq_portraits_file_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_portraits_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "presentations",
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("payment", sa.JSON(), nullable=False),
        sa.Column("sector", sa.String(length=24), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["caregivers.id"],
            name=op.f("fk_presentations_caregiver_id_caregivers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentations")),
        sa.UniqueConstraint("caregiver_id", name=op.f("uq_presentations_caregiver_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "profile_lines",
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=160), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["caregivers.id"],
            name=op.f("fk_profile_lines_caregiver_id_caregivers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_lines")),
        sa.UniqueConstraint(
            "caregiver_id",
            "kind",
            "position",
            name=op.f("uq_profile_lines_caregiver_id_kind_position"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "document_shares",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_document_shares_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["administrative_documents.id"],
            name=op.f("fk_document_shares_document_id_administrative_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_shares")),
        sa.UniqueConstraint(
            "document_id", "bubble_id", name=op.f("uq_document_shares_document_id_bubble_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_document_shares_bubble_id"), "document_shares", ["bubble_id"], unique=False
    )
    op.create_table(
        "document_versions",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["users.id"],
            name=op.f("fk_document_versions_added_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["administrative_documents.id"],
            name=op.f("fk_document_versions_document_id_administrative_documents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_document_versions_file_id_stored_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_versions_document_id_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_document_versions_expires_on"), "document_versions", ["expires_on"], unique=False
    )
    op.create_index(
        op.f("ix_document_versions_file_id"), "document_versions", ["file_id"], unique=False
    )
    op.create_table(
        "document_reviews",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_document_reviews_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"],
            ["users.id"],
            name=op.f("fk_document_reviews_reviewed_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name=op.f("fk_document_reviews_version_id_document_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_reviews")),
        sa.UniqueConstraint(
            "version_id", "bubble_id", name=op.f("uq_document_reviews_version_id_bubble_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_document_reviews_bubble_id"), "document_reviews", ["bubble_id"], unique=False
    )
    op.create_table(
        "expiry_notices",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name=op.f("fk_expiry_notices_version_id_document_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expiry_notices")),
        sa.UniqueConstraint("version_id", "days", name=op.f("uq_expiry_notices_version_id_days")),
        sqlite_autoincrement=True,
    )
