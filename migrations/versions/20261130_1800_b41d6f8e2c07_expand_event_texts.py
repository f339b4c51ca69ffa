"""Events as calendars write them, kept so that a feed is joined and not written.

Revision: b41d6f8e2c07
Follows: 7b31c9e0d2f4
"""

import sqlalchemy as sa
from alembic import op

revision = "b41d6f8e2c07"
down_revision = "7b31c9e0d2f4"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "event_texts",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_event_texts_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk_event_texts")),
    )


def downgrade():
    op.drop_table("event_texts")
