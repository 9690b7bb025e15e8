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
    superseded = "state = 'superseded' AND revision IS NOT NULL AND replaced_by IS NOT NULL"
    connection = op.get_bind()
    connection.execute(sa.text(f"UPDATE delivery SET carried_by = replaced_by WHERE {superseded}"))  # noqa: S608
    rows = connection.execute(
        sa.text(
            "SELECT id, truce, target, revision, replaced_by FROM delivery "  # noqa: S608
            f"WHERE {superseded} ORDER BY revision DESC"
        )
    ).all()
    carriers: dict[tuple[str, str, int], int] = {}
    for row in rows:  # the newest first, so that the carrier of what replaced a row is known
        carrier = carriers.get((row.truce, row.target, row.replaced_by), row.replaced_by)
        carriers[row.truce, row.target, row.revision] = carrier
    further = [
        {"id": row.id, "carrier": carrier}
        for row in rows
        if (carrier := carriers[row.truce, row.target, row.revision]) != row.replaced_by
    ]
    if further:
        connection.execute(sa.text("UPDATE delivery SET carried_by = :carrier WHERE id = :id"), further)
