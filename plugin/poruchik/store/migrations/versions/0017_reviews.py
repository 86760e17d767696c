"""Find the clocks of what waits for whoever controls an order."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_OPEN_REVIEW = sa.text("kind = 'review' AND state = 'active'")


def upgrade() -> None:
    """Add the index; no such clock is kept yet, the next look begins them."""
    op.create_index("ix_items_review", "items", ["id"], sqlite_where=_OPEN_REVIEW, postgresql_where=_OPEN_REVIEW)
