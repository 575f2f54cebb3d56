"""Every role that is held counts as held since its log-in was made; an earlier day is not known.

Revision: 0028
Follows: 0027
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.execute(
        "INSERT INTO role_held (user_id, clinic_id, role, from_at)"
        " SELECT membership.user_id, membership.clinic_id, membership.role, user_account.created_at"
        " FROM membership JOIN user_account ON user_account.id = membership.user_id"
        " ORDER BY membership.user_id, membership.clinic_id, membership.role"
    )
