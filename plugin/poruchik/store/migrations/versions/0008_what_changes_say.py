"""Keep what each change says, as a hash, to tell a repetition from another content under the same id.

Orders about which a change waits for a person are held, and messages about them put aside: an index finds either.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the hash, empty for what was applied before: a repetition of that is passed over whatever it says."""
    op.add_column("changes", sa.Column("digest", sa.String(64), nullable=False, server_default=""))
    refused = sa.text("state = 'refused'")
    aside = sa.text("state = 'held'")
    op.create_index("ix_outbox_held", "outbox", ["id"], sqlite_where=aside, postgresql_where=aside)
    op.create_index("ix_changes_held", "changes", ["order_key"], sqlite_where=refused, postgresql_where=refused)
