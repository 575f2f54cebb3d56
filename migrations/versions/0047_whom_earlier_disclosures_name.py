"""What was disclosed before is found by patient too.

Revision: 0047
Follows: 0046
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0047_whom_earlier_disclosures_name")
