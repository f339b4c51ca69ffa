"""Appointments, their changes, and the guard against two at once."""

import sqlalchemy as sa
from alembic import op

# No two live appointments of one caregiver share an instant: the database's last word.
POSTGRESQL_GUARDS = [
    """ALTER TABLE appointments ADD CONSTRAINT ex_appointments_overlap
    EXCLUDE USING gist (
        int8range(caregiver_id, caregiver_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    ) WHERE (status IN ('held', 'confirmed'))""",
]
SQLITE_GUARDS = [
    """CREATE TRIGGER ex_appointments_overlap
    BEFORE INSERT ON appointments
    WHEN NEW.status IN ('held', 'confirmed')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', 'confirmed')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
    """CREATE TRIGGER ex_appointments_overlap_update
    BEFORE UPDATE OF caregiver_id, starts_at, ends_at, status ON appointments
    WHEN NEW.status IN ('held', 'confirmed')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.id <> NEW.id
              AND other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', 'confirmed')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
]


def create():
    op.create_table(
        "appointments",
        sa.Column("caregiver_id", sa.Integer(), nullable=False),
        sa.Column("agenda_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("consultation_type_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_extended", sa.Boolean(), nullable=False),
        sa.Column("booked_by_id", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        sa.Column("buffer_before_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attendance", sa.String(length=24), nullable=True),
        sa.Column("attendance_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("overridden_rule", sa.Text(), nullable=True),
        sa.Column("is_first_visit", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'held' OR held_until IS NOT NULL",
            name=op.f("ck_appointments_hold_has_an_end"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointments_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["agenda_id"], ["agendas.id"], name=op.f("fk_appointments_agenda_id_agendas")
        ),
        sa.ForeignKeyConstraint(
            ["booked_by_id"],
            ["users.id"],
            name=op.f("fk_appointments_booked_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"],
            ["users.id"],
            name=op.f("fk_appointments_cancelled_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["caregiver_id"], ["users.id"], name=op.f("fk_appointments_caregiver_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_type_id"],
            ["consultation_types.id"],
            name=op.f("fk_appointments_consultation_type_id_consultation_types"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_appointments_enrolment_id_enrolments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("uid", name=op.f("uq_appointments_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_appointments_agenda_id_starts_at",
        "appointments",
        ["agenda_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_booked_by_id"), "appointments", ["booked_by_id"], unique=False
    )
    op.create_index(
        "ix_appointments_caregiver_id_starts_at",
        "appointments",
        ["caregiver_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_enrolment_id"), "appointments", ["enrolment_id"], unique=False
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
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_booking_drafts_kept_at"), "booking_drafts", ["kept_at"], unique=False)
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
        sqlite_autoincrement=True,
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
        sqlite_autoincrement=True,
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
        sqlite_autoincrement=True,
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
        sqlite_autoincrement=True,
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
        sqlite_autoincrement=True,
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
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL_GUARDS if is_postgresql else SQLITE_GUARDS:
        op.execute(statement)
