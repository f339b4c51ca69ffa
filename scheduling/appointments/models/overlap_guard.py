"""No two live appointments of one caregiver share an instant: the database's last word."""

from __future__ import annotations

from core.table_guards import declare_exclusion, declare_trigger
from scheduling.appointments.models.appointments import Appointment

OVERLAP_GUARD = "ex_appointments_overlap"

declare_exclusion(
    Appointment,
    OVERLAP_GUARD,
    """USING gist (
        int8range(caregiver_id, caregiver_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    ) WHERE (status IN ('held', 'booked'))""",
)
declare_trigger(
    Appointment,
    OVERLAP_GUARD,
    """CREATE TRIGGER ex_appointments_overlap
    BEFORE INSERT ON appointments
    WHEN NEW.status IN ('held', 'booked')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', 'booked')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
)
declare_trigger(
    Appointment,
    f"{OVERLAP_GUARD}_update",
    """CREATE TRIGGER ex_appointments_overlap_update
    BEFORE UPDATE OF caregiver_id, starts_at, ends_at, status ON appointments
    WHEN NEW.status IN ('held', 'booked')
    BEGIN
        SELECT RAISE(ABORT, 'ex_appointments_overlap')
        WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.id <> NEW.id
              AND other.caregiver_id = NEW.caregiver_id
              AND other.status IN ('held', 'booked')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
        );
    END""",
)
