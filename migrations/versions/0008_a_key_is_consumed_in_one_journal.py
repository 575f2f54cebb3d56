"""A key is looked up by its author in all clinics' journals at once: the index begins with the author.

Revision: 0008
Follows: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_NAME = "uq_journal_entry_author_key"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.drop_index(_NAME, table_name="journal_entry")
    op.create_index(_NAME, "journal_entry", ["actor_uid", "key", "clinic_id", "stream"], unique=True)
