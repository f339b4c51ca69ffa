"""Teams, papers, absences, questions, reminders: teams and agendas complete.

Revision: b7e25d90c4f8
Follows: 8d40b2c6f1a3
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "b7e25d90c4f8"
down_revision = "8d40b2c6f1a3"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "first_steps",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("answer", sa.String(length=24), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_first_steps_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_steps")),
        sa.UniqueConstraint("user_id", "step", name=op.f("uq_first_steps_user_id_step")),
    )
    op.create_table(
        "reminder_preferences",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_reminder_preferences_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_preferences")),
        sa.UniqueConstraint("user_id", name=op.f("uq_reminder_preferences_user_id")),
    )
    op.create_table(
        "resumable_uploads",
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_resumable_uploads_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resumable_uploads")),
        sa.UniqueConstraint("key", name=op.f("uq_resumable_uploads_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_resumable_uploads_reference")),
    )
    op.create_index(
        op.f("ix_resumable_uploads_expires_at"), "resumable_uploads", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_resumable_uploads_owner_id"), "resumable_uploads", ["owner_id"], unique=False
    )
    op.create_table(
        "bubble_logos",
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_bubble_logos_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_files.id"],
            name=op.f("fk_bubble_logos_file_id_stored_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bubble_logos")),
        sa.UniqueConstraint("bubble_id", name=op.f("uq_bubble_logos_bubble_id")),
    )
    op.create_table(
        "former_memberships",
        sa.Column("bubble_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("was_admin", sa.Boolean(), nullable=False),
        sa.Column("was_caregiver", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bubble_id"],
            ["bubbles.id"],
            name=op.f("fk_former_memberships_bubble_id_bubbles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_former_memberships_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_memberships")),
    )
    op.create_index(
        op.f("ix_former_memberships_bubble_id"), "former_memberships", ["bubble_id"], unique=False
    )
    op.create_index(
        op.f("ix_former_memberships_user_id"), "former_memberships", ["user_id"], unique=False
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
    )
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=110), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["resumable_uploads.id"],
            name=op.f("fk_upload_parts_upload_id_resumable_uploads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_parts")),
        sa.UniqueConstraint("upload_id", "start", name=op.f("uq_upload_parts_upload_id_start")),
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
    )
    op.create_index(op.f("ix_absences_agenda_id"), "absences", ["agenda_id"], unique=False)
    op.create_index(op.f("ix_absences_series"), "absences", ["series"], unique=False)
    op.create_index(
        "ix_absences_user_id_starts_at", "absences", ["user_id", "starts_at"], unique=False
    )
    op.create_table(
        "booking_drafts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_booking_drafts_consultation_type_id_consultation_types"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patients.id"],
            name=op.f("fk_booking_drafts_patient_id_patients"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_booking_drafts_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_drafts")),
        sa.UniqueConstraint(
            "user_id",
            "patient_id",
            "consultation_type_id",
            name=op.f("uq_booking_drafts_user_id_patient_id_consultation_type_id"),
        ),
    )
    op.create_index(op.f("ix_booking_drafts_kept_at"), "booking_drafts", ["kept_at"], unique=False)
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
    )
    op.create_index(
        op.f("ix_document_versions_expires_on"), "document_versions", ["expires_on"], unique=False
    )
    op.create_index(
        op.f("ix_document_versions_file_id"), "document_versions", ["file_id"], unique=False
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
    )
    op.create_index(
        op.f("ix_exceptional_hours_agenda_id"), "exceptional_hours", ["agenda_id"], unique=False
    )
    op.create_table(
        "invitation_codes",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_invitation_codes_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_codes_code_hash")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_invitation_codes_invitation_id")),
    )
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
    )
    op.create_index(
        op.f("ix_questions_consultation_type_id"),
        "questions",
        ["consultation_type_id"],
        unique=False,
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
    )
    op.create_index(op.f("ix_team_notes_author_id"), "team_notes", ["author_id"], unique=False)
    op.create_index(
        "ix_team_notes_enrolment_id_written_at",
        "team_notes",
        ["enrolment_id", "written_at"],
        unique=False,
    )
    op.create_table(
        "absence_settlements",
        sa.Column("absence_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=24), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["absence_id"],
            ["absences.id"],
            name=op.f("fk_absence_settlements_absence_id_absences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_absence_settlements_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["users.id"],
            name=op.f("fk_absence_settlements_decided_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_settlements")),
        sa.UniqueConstraint(
            "absence_id",
            "appointment_id",
            name=op.f("uq_absence_settlements_absence_id_appointment_id"),
        ),
    )
    op.create_index(
        op.f("ix_absence_settlements_appointment_id"),
        "absence_settlements",
        ["appointment_id"],
        unique=False,
    )
    op.create_table(
        "answers",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_answers_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_answers_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint(
            "appointment_id", "question_id", name=op.f("uq_answers_appointment_id_question_id")
        ),
    )
    op.create_table(
        "appointment_changes",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_changes_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["users.id"],
            name=op.f("fk_appointment_changes_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_changes")),
    )
    op.create_index(
        op.f("ix_appointment_changes_appointment_id"),
        "appointment_changes",
        ["appointment_id"],
        unique=False,
    )
    op.create_table(
        "appointment_links",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_links_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_links")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_appointment_links_appointment_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_appointment_links_token_hash")),
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
        "call_tasks",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_call_tasks_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"],
            ["users.id"],
            name=op.f("fk_call_tasks_done_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tasks")),
        sa.UniqueConstraint(
            "appointment_id",
            "sequence",
            "reason",
            name=op.f("uq_call_tasks_appointment_id_sequence_reason"),
        ),
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
    )
    op.create_table(
        "freed_hours",
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["users.id"],
            name=op.f("fk_freed_hours_caregiver_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["appointments.id"],
            name=op.f("fk_freed_hours_hold_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_hours")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_freed_hours_hold_id")),
    )
    op.create_index(
        "ix_freed_hours_caregiver_id_closed_at",
        "freed_hours",
        ["caregiver_id", "closed_at"],
        unique=False,
    )
    op.create_table(
        "hour_proposals",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=24), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_hour_proposals_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_hour_proposals_created_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["appointments.id"],
            name=op.f("fk_hour_proposals_hold_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_proposals")),
    )
    op.create_index(op.f("ix_hour_proposals_hold_id"), "hour_proposals", ["hold_id"], unique=False)
    op.create_index(
        "uq_hour_proposals_one_open",
        "hour_proposals",
        ["appointment_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "reminders",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_reminders_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reminders_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "appointment_id",
            "sequence",
            "minutes_before",
            "user_id",
            "channel",
            name=op.f("uq_reminders_appointment_id_sequence_minutes_before_user_id_channel"),
        ),
    )
    op.create_index(op.f("ix_reminders_user_id"), "reminders", ["user_id"], unique=False)
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
    )
    op.create_index(
        op.f("ix_team_note_readers_user_id"), "team_note_readers", ["user_id"], unique=False
    )
    op.create_table(
        "waiting_list_entries",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.Column("caregiver_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("not_after", sa.Date(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_waiting_list_entries_appointment_id_appointments"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["users.id"],
            name=op.f("fk_waiting_list_entries_asked_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["users.id"],
            name=op.f("fk_waiting_list_entries_caregiver_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_waiting_list_entries_consultation_type_id_consultation_types"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_waiting_list_entries_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list_entries")),
    )
    op.create_index(
        op.f("ix_waiting_list_entries_appointment_id"),
        "waiting_list_entries",
        ["appointment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_waiting_list_entries_consultation_type_id"),
        "waiting_list_entries",
        ["consultation_type_id"],
        unique=False,
    )
    op.create_index(
        "uq_waiting_list_entries_one_live",
        "waiting_list_entries",
        ["enrolment_id", "consultation_type_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "waiting_list_offers",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=24), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["users.id"],
            name=op.f("fk_waiting_list_offers_caregiver_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["waiting_list_entries.id"],
            name=op.f("fk_waiting_list_offers_entry_id_waiting_list_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list_offers")),
        sa.UniqueConstraint(
            "entry_id",
            "caregiver_id",
            "starts_at",
            name=op.f("uq_waiting_list_offers_entry_id_caregiver_id_starts_at"),
        ),
    )
    op.create_index(
        "uq_waiting_list_offers_one_open",
        "waiting_list_offers",
        ["caregiver_id", "starts_at"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.add_column("appointments", sa.Column("cancellation_reason", sa.Text(), nullable=True))
    op.add_column(
        "appointments",
        sa.Column("buffer_before_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "appointments",
        sa.Column("buffer_after_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("appointments", sa.Column("attendance", sa.String(length=24), nullable=True))
    op.add_column(
        "appointments", sa.Column("attendance_noted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("appointments", sa.Column("series", sa.String(length=40), nullable=True))
    op.add_column("appointments", sa.Column("overridden_rule", sa.Text(), nullable=True))
    op.add_column("appointments", sa.Column("is_first_visit", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_audit_entries_about_kind_about_id",
        "audit_entries",
        ["about_kind", "about_id"],
        unique=False,
    )
    op.add_column("availabilities", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("availabilities", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column(
        "bubbles",
        sa.Column("team_sentence", sa.String(length=160), server_default="", nullable=False),
    )
    op.add_column(
        "bubbles",
        sa.Column(
            "is_named_in_mails", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
    )
    op.add_column("bubbles", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("bubbles", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("caregivers", sa.Column("title", sa.String(length=20), nullable=True))
    op.add_column("caregivers", sa.Column("given_name", sa.String(length=80), nullable=True))
    op.add_column("caregivers", sa.Column("family_name", sa.String(length=80), nullable=True))
    op.add_column(
        "consultation_types",
        sa.Column("reimbursement", sa.String(length=200), server_default="", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("buffer_before_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("buffer_after_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("is_for_new", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("is_for_known", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
    )
    op.add_column("consultation_types", sa.Column("daily_maximum", sa.Integer(), nullable=True))
    op.add_column(
        "consultation_types",
        sa.Column("cancellation_notice_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("video_link", sa.String(length=300), server_default="", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("instructions_before", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column("instructions_after", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "consultation_types",
        sa.Column(
            "reminder_minutes",
            sa.String(length=60),
            server_default="10080,2880,1440,120",
            nullable=False,
        ),
    )
    op.add_column(
        "feed_links", sa.Column("warned_silent_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "invitations",
        sa.Column("given_name", sa.String(length=80), server_default="", nullable=False),
    )
    op.add_column(
        "invitations",
        sa.Column("family_name", sa.String(length=80), server_default="", nullable=False),
    )
    op.add_column("invitations", sa.Column("birth_date", sa.Date(), nullable=True))
    op.add_column(
        "invitations",
        sa.Column("delivery", sa.String(length=24), server_default="mail", nullable=False),
    )
    op.add_column(
        "invitations", sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "invitations", sa.Column("wanted_again_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("mailbox_messages", sa.Column("calendar", sa.Text(), nullable=True))
    op.add_column("patients", sa.Column("birth_country", sa.String(length=80), nullable=True))
    op.add_column(
        "patients", sa.Column("search_text", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "patients",
        sa.Column(
            "sort_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
    )
    op.create_index(op.f("ix_patients_sort_key"), "patients", ["sort_key"], unique=False)
    op.add_column("stored_files", sa.Column("pages", sa.Integer(), nullable=True))

    # What is searched and sorted of the names that are there; doing it twice changes nothing.
    def words_of(text):
        text = text.casefold().replace("œ", "oe").replace("æ", "ae")
        letters = unicodedata.normalize("NFKD", text)
        kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
        return re.sub(r"[\W_]+", " ", kept).split()

    def searchable(*texts):
        words = {}
        for text in texts:
            parts = words_of(text)
            joined = ["".join(words_of(piece)) for piece in text.split()]
            words |= dict.fromkeys([*parts, *joined, "".join(parts)])
        return "".join(f" {word}" for word in words if word)

    people = sa.table(
        "patients",
        sa.column("id", sa.Integer),
        sa.column("given_name", sa.String),
        sa.column("family_name", sa.String),
        sa.column("birth_name", sa.String),
        sa.column("search_text", sa.Text),
        sa.column("sort_key", sa.Text),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(people)).all():
        connection.execute(
            sa.update(people)
            .where(people.c.id == row.id)
            .values(
                search_text=searchable(row.given_name, row.family_name, row.birth_name or ""),
                sort_key="\x1f".join(" ".join(words_of(name)) for name in (row[2], row[1])),
            )
        )

    # Each paper that is there becomes its own first version; doing it twice changes nothing.
    op.execute(
        "INSERT INTO document_versions"
        " (document_id, number, file_id, expires_on, added_at, added_by_id)"
        " SELECT d.id, 1, d.file_id, NULL, d.added_at, c.user_id"
        " FROM administrative_documents d JOIN caregivers c ON c.id = d.caregiver_id"
        " WHERE NOT EXISTS (SELECT 1 FROM document_versions v WHERE v.document_id = d.id)"
    )


def downgrade():
    op.drop_column("stored_files", "pages")
    op.drop_index(op.f("ix_patients_sort_key"), table_name="patients")
    op.drop_column("patients", "sort_key")
    op.drop_column("patients", "search_text")
    op.drop_column("patients", "birth_country")
    op.drop_column("mailbox_messages", "calendar")
    op.drop_column("invitations", "wanted_again_at")
    op.drop_column("invitations", "declined_at")
    op.drop_column("invitations", "delivery")
    op.drop_column("invitations", "birth_date")
    op.drop_column("invitations", "family_name")
    op.drop_column("invitations", "given_name")
    op.drop_column("feed_links", "warned_silent_at")
    op.drop_column("consultation_types", "reminder_minutes")
    op.drop_column("consultation_types", "instructions_after")
    op.drop_column("consultation_types", "instructions_before")
    op.drop_column("consultation_types", "video_link")
    op.drop_column("consultation_types", "cancellation_notice_minutes")
    op.drop_column("consultation_types", "daily_maximum")
    op.drop_column("consultation_types", "is_for_known")
    op.drop_column("consultation_types", "is_for_new")
    op.drop_column("consultation_types", "buffer_after_minutes")
    op.drop_column("consultation_types", "buffer_before_minutes")
    op.drop_column("consultation_types", "reimbursement")
    op.drop_column("caregivers", "family_name")
    op.drop_column("caregivers", "given_name")
    op.drop_column("caregivers", "title")
    op.drop_column("bubbles", "closed_at")
    op.drop_column("bubbles", "version")
    op.drop_column("bubbles", "is_named_in_mails")
    op.drop_column("bubbles", "team_sentence")
    op.drop_column("availabilities", "valid_until")
    op.drop_column("availabilities", "valid_from")
    op.drop_index("ix_audit_entries_about_kind_about_id", table_name="audit_entries")
    op.drop_column("appointments", "is_first_visit")
    op.drop_column("appointments", "overridden_rule")
    op.drop_column("appointments", "series")
    op.drop_column("appointments", "attendance_noted_at")
    op.drop_column("appointments", "attendance")
    op.drop_column("appointments", "buffer_after_minutes")
    op.drop_column("appointments", "buffer_before_minutes")
    op.drop_column("appointments", "cancellation_reason")
    op.drop_index(
        "uq_waiting_list_offers_one_open",
        table_name="waiting_list_offers",
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.drop_table("waiting_list_offers")
    op.drop_index(
        "uq_waiting_list_entries_one_live",
        table_name="waiting_list_entries",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        op.f("ix_waiting_list_entries_consultation_type_id"), table_name="waiting_list_entries"
    )
    op.drop_index(op.f("ix_waiting_list_entries_appointment_id"), table_name="waiting_list_entries")
    op.drop_table("waiting_list_entries")
    op.drop_index(op.f("ix_team_note_readers_user_id"), table_name="team_note_readers")
    op.drop_table("team_note_readers")
    op.drop_index(op.f("ix_reminders_user_id"), table_name="reminders")
    op.drop_table("reminders")
    op.drop_index(
        "uq_hour_proposals_one_open",
        table_name="hour_proposals",
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.drop_index(op.f("ix_hour_proposals_hold_id"), table_name="hour_proposals")
    op.drop_table("hour_proposals")
    op.drop_index("ix_freed_hours_caregiver_id_closed_at", table_name="freed_hours")
    op.drop_table("freed_hours")
    op.drop_table("feed_readers")
    op.drop_table("expiry_notices")
    op.drop_index(op.f("ix_document_reviews_bubble_id"), table_name="document_reviews")
    op.drop_table("document_reviews")
    op.drop_table("call_tasks")
    op.drop_table("availability_types")
    op.drop_table("appointment_links")
    op.drop_index(op.f("ix_appointment_changes_appointment_id"), table_name="appointment_changes")
    op.drop_table("appointment_changes")
    op.drop_table("answers")
    op.drop_index(op.f("ix_absence_settlements_appointment_id"), table_name="absence_settlements")
    op.drop_table("absence_settlements")
    op.drop_index("ix_team_notes_enrolment_id_written_at", table_name="team_notes")
    op.drop_index(op.f("ix_team_notes_author_id"), table_name="team_notes")
    op.drop_table("team_notes")
    op.drop_index(op.f("ix_questions_consultation_type_id"), table_name="questions")
    op.drop_table("questions")
    op.drop_table("invitation_codes")
    op.drop_index(op.f("ix_exceptional_hours_agenda_id"), table_name="exceptional_hours")
    op.drop_table("exceptional_hours")
    op.drop_index(op.f("ix_document_versions_file_id"), table_name="document_versions")
    op.drop_index(op.f("ix_document_versions_expires_on"), table_name="document_versions")
    op.drop_table("document_versions")
    op.drop_index(op.f("ix_document_shares_bubble_id"), table_name="document_shares")
    op.drop_table("document_shares")
    op.drop_index(op.f("ix_booking_drafts_kept_at"), table_name="booking_drafts")
    op.drop_table("booking_drafts")
    op.drop_index("ix_absences_user_id_starts_at", table_name="absences")
    op.drop_index(op.f("ix_absences_series"), table_name="absences")
    op.drop_index(op.f("ix_absences_agenda_id"), table_name="absences")
    op.drop_table("absences")
    op.drop_table("upload_parts")
    op.drop_table("profile_lines")
    op.drop_table("presentations")
    op.drop_table("portraits")
    op.drop_index(op.f("ix_former_memberships_user_id"), table_name="former_memberships")
    op.drop_index(op.f("ix_former_memberships_bubble_id"), table_name="former_memberships")
    op.drop_table("former_memberships")
    op.drop_table("bubble_logos")
    op.drop_index(op.f("ix_resumable_uploads_owner_id"), table_name="resumable_uploads")
    op.drop_index(op.f("ix_resumable_uploads_expires_at"), table_name="resumable_uploads")
    op.drop_table("resumable_uploads")
    op.drop_table("reminder_preferences")
    op.drop_table("first_steps")
