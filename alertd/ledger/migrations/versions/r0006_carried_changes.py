"""A superseded change alert names the revision whose alert carries its change.

An older ledger only says which revision replaced each alert. The one that carries it is found here, from one to the
next, for all that is in the file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it."""
    op.add_column("delivery", sa.Column("carried_by", sa.Integer))
    connection = op.get_bind()
    superseded = connection.execute(
        sa.text(
            "SELECT id, truce, target, revision, replaced_by FROM delivery WHERE state = 'superseded' "
            "AND revision IS NOT NULL AND replaced_by IS NOT NULL"
        )
    ).all()
    replaced_by = {(row.truce, row.target, row.revision): row.replaced_by for row in superseded}
    for row in superseded:
        carrier = row.replaced_by
        while (later := replaced_by.get((row.truce, row.target, carrier), carrier)) > carrier:
            carrier = later
        connection.execute(
            sa.text("UPDATE delivery SET carried_by = :carrier WHERE id = :id"), {"carrier": carrier, "id": row.id}
        )
