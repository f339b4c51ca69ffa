"""Every table of the first version, and the guards that the database keeps by itself.

Revision: 5c0e7d94a1b2
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op

from migrations.baseline import (
    accounts,
    agendas,
    appointments,
    caregivers,
    codes,
    conversations,
    files,
    foundation,
    patients,
    teams,
    waiting,
)

revision = "5c0e7d94a1b2"
down_revision = None
branch_labels = None
depends_on = None

# In the order in which they refer to each other.
SUBJECTS = (
    foundation,
    accounts,
    codes,
    files,
    teams,
    caregivers,
    patients,
    agendas,
    appointments,
    waiting,
    conversations,
)


def upgrade():
    for subject in SUBJECTS:
        subject.create()


def downgrade():
    present = sa.MetaData()
    present.reflect(op.get_bind())
    for table in reversed(present.sorted_tables):
        if table.name != "alembic_version":
            op.drop_table(table.name)
