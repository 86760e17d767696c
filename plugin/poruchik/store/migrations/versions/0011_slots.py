"""Keep the plain slots of an order: its priority, by which lists are sorted, and all of them as a record."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add both; what was decided before has its slots in its decision alone."""
    op.add_column("orders", sa.Column("priority", sa.Integer()))
    op.add_column("orders", sa.Column("slots", sa.Text(), nullable=False, server_default="{}"))
