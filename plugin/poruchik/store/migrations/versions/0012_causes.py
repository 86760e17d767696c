"""Let the cause of a document say the cause alone: its number stands beside it, in a column of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Cut off «документ НОМЕР: » where it stands at the beginning."""
    title = "CASE WHEN reg_number = '' THEN external_id ELSE reg_number END"
    head = f"'документ ' || {title} || ': '"
    begins = f"substr(cause, 1, length({head})) = {head}"
    op.execute(sa.text(f"UPDATE inbox SET cause = substr(cause, length({head}) + 1) WHERE {begins}"))  # noqa: S608
