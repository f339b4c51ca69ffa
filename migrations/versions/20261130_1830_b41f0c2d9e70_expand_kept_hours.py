"""Every hour that is kept for somebody is a row of ``appointments``.

So far the hours offered to the waiting list stood in their own table only, and the guard against
overlaps did not know of them. New columns are empty where the code of before writes a row; offers
that are open get the row which keeps their hour, unless somebody has it: those are withdrawn.

Revision: b41f0c2d9e70
Follows: b41d6f8e2c07
"""

import secrets
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "b41f0c2d9e70"
down_revision = "b41d6f8e2c07"
branch_labels = None
depends_on = None

APPOINTMENTS = sa.Table(
    "appointments",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("caregiver_id", sa.Integer),
    sa.Column("agenda_id", sa.Integer),
    sa.Column("enrolment_id", sa.Integer),
    sa.Column("consultation_type_id", sa.Integer),
    sa.Column("starts_at", sa.DateTime(timezone=True)),
    sa.Column("ends_at", sa.DateTime(timezone=True)),
    sa.Column("status", sa.String),
    sa.Column("held_for", sa.String),
    sa.Column("held_until", sa.DateTime(timezone=True)),
    sa.Column("instead_of_id", sa.Integer),
    sa.Column("hold_extended", sa.Boolean),
    sa.Column("booked_by_id", sa.Integer),
    sa.Column("uid", sa.String),
    sa.Column("sequence", sa.Integer),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("updated_at", sa.DateTime(timezone=True)),
    sa.Column("buffer_before_minutes", sa.Integer),
    sa.Column("buffer_after_minutes", sa.Integer),
)
OFFERS = sa.Table(
    "waiting_list_offers",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("entry_id", sa.Integer),
    sa.Column("hold_id", sa.Integer),
    sa.Column("caregiver_id", sa.Integer),
    sa.Column("starts_at", sa.DateTime(timezone=True)),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("answered_at", sa.DateTime(timezone=True)),
    sa.Column("answer", sa.String),
)


OPEN_OFFERS = sa.text(
    """
    SELECT offer.id, offer.caregiver_id, offer.starts_at, offer.expires_at, offer.created_at,
           entry.enrolment_id, kind.id AS type_id, kind.duration_minutes,
           kind.buffer_before_minutes, kind.buffer_after_minutes, agenda.id AS agenda_id
    FROM waiting_list_offers AS offer
    JOIN waiting_list_entries AS entry ON entry.id = offer.entry_id
    JOIN enrolments AS enrolment ON enrolment.id = entry.enrolment_id
    JOIN consultation_types AS kind ON kind.id = entry.consultation_type_id
    JOIN agendas AS agenda
      ON agenda.user_id = offer.caregiver_id AND agenda.bubble_id = enrolment.bubble_id
    WHERE offer.answered_at IS NULL
    """
).columns(
    starts_at=sa.DateTime(timezone=True),
    expires_at=sa.DateTime(timezone=True),
    created_at=sa.DateTime(timezone=True),
)


def upgrade() -> None:
    op.add_column("appointments", sa.Column("held_for", sa.String(24)))
    # One statement for both databases: altered in a copy, SQLite's table would lose its guards.
    op.execute(
        "ALTER TABLE appointments ADD COLUMN instead_of_id INTEGER"
        " CONSTRAINT fk_appointments_instead_of_id_appointments"
        " REFERENCES appointments (id) ON DELETE CASCADE"
    )
    op.create_index("ix_appointments_instead_of_id", "appointments", ["instead_of_id"])
    op.execute(
        "ALTER TABLE waiting_list_offers ADD COLUMN hold_id INTEGER"
        " CONSTRAINT fk_waiting_list_offers_hold_id_appointments"
        " REFERENCES appointments (id) ON DELETE CASCADE"
    )
    op.create_index("ix_waiting_list_offers_hold_id", "waiting_list_offers", ["hold_id"])
    _say_for_whom()
    _keep_what_is_offered()


def _say_for_whom() -> None:
    op.execute("UPDATE appointments SET held_for = 'person' WHERE status = 'held'")
    op.execute(
        "UPDATE appointments SET held_for = 'proposal', instead_of_id ="
        " (SELECT appointment_id FROM hour_proposals WHERE hold_id = appointments.id)"
        " WHERE status = 'held' AND id IN"
        " (SELECT hold_id FROM hour_proposals WHERE answered_at IS NULL)"
    )


def _keep_what_is_offered() -> None:
    connection = op.get_bind()
    for offer in connection.execute(OPEN_OFFERS).all():
        ends_at = offer.starts_at + timedelta(minutes=offer.duration_minutes)
        is_taken = connection.scalar(
            sa.select(APPOINTMENTS.c.id).where(
                APPOINTMENTS.c.caregiver_id == offer.caregiver_id,
                APPOINTMENTS.c.status.in_(("held", "confirmed")),
                APPOINTMENTS.c.starts_at < ends_at,
                APPOINTMENTS.c.ends_at > offer.starts_at,
            )
        )
        this = sa.update(OFFERS).where(OFFERS.c.id == offer.id)
        if is_taken is not None:
            withdrawn = this.values(answered_at=offer.expires_at, answer="withdrawn")
            connection.execute(withdrawn)
            continue
        kept = connection.execute(
            sa.insert(APPOINTMENTS).values(
                caregiver_id=offer.caregiver_id,
                agenda_id=offer.agenda_id,
                enrolment_id=offer.enrolment_id,
                consultation_type_id=offer.type_id,
                starts_at=offer.starts_at,
                ends_at=ends_at,
                status="held",
                held_for="offer",
                held_until=offer.expires_at,
                hold_extended=False,
                uid=f"{secrets.token_urlsafe(24)}@alveole",
                sequence=0,
                created_at=offer.created_at,
                updated_at=offer.created_at,
                buffer_before_minutes=offer.buffer_before_minutes,
                buffer_after_minutes=offer.buffer_after_minutes,
            )
        )
        connection.execute(this.values(hold_id=kept.inserted_primary_key[0]))


def downgrade() -> None:
    op.drop_index("ix_waiting_list_offers_hold_id", "waiting_list_offers")
    op.drop_column("waiting_list_offers", "hold_id")
    op.drop_index("ix_appointments_instead_of_id", "appointments")
    op.drop_column("appointments", "instead_of_id")
    op.drop_column("appointments", "held_for")
