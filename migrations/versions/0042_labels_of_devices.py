"""A device has a label of the clinic's.

Revision: 0042
Follows: 0041
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0042_labels_of_devices")
