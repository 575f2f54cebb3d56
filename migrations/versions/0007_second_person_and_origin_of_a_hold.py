"""A deviation names who agreed to it, and a hold where it came from.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS = {
    "sqlite": (
        "ALTER TABLE deviation ADD COLUMN agreed_by_id INTEGER"
        " CONSTRAINT ck_deviation_agreed_by_another"
        " CHECK (agreed_by_id IS NULL OR agreed_by_id <> recorded_by_id)"
        " CONSTRAINT fk_deviation_agreed_by_id REFERENCES person (id)",
        "ALTER TABLE clinic_hold ADD COLUMN origin_uid TEXT",
    ),
    "postgresql": (
        "ALTER TABLE deviation ADD COLUMN agreed_by_id BIGINT"
        " CONSTRAINT ck_deviation_agreed_by_another"
        " CHECK (agreed_by_id IS NULL OR agreed_by_id <> recorded_by_id)"
        " CONSTRAINT fk_deviation_agreed_by_id REFERENCES person (id)",
        "ALTER TABLE clinic_hold ADD COLUMN origin_uid UUID",
    ),
}


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    for statement in _COLUMNS[op.get_bind().dialect.name]:
        op.execute(statement)
