"""The cocktails of a session are found by the session.

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    columns = ["clinic_id", "session_id", "preparation_id"]
    op.create_index("ix_preparation_session_session", "preparation_session", columns)
