"""The organisation's journal begins, and the installation's own principal exists.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0002"
down_revision = "0001"

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
SYSTEM_UID = "00000000-0000-7000-8000-000000000001"

_head = sa.table(
    "organisation_head",
    sa.column("id"),
    sa.column("uid", sa.Uuid(as_uuid=False)),
    sa.column("seq"),
    sa.column("hash"),
    sa.column("recorded_at", columns.UTCDateTime()),
)
_person = sa.table(
    "person",
    sa.column("uid", sa.Uuid(as_uuid=False)),
    sa.column("name"),
    sa.column("profession"),
    sa.column("is_system", sa.Boolean()),
    sa.column("version"),
    sa.column("created_at", columns.UTCDateTime()),
    sa.column("updated_at", columns.UTCDateTime()),
)


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    uid = str(uuid.uuid4())
    genesis = hashlib.sha256(f'["stockroom","{uid}","changes"]'.encode()).hexdigest()
    op.bulk_insert(_head, [{"id": 1, "uid": uid, "seq": 0, "hash": genesis, "recorded_at": BEGINNING}])
    op.bulk_insert(
        _person,
        [
            {
                "uid": SYSTEM_UID,
                "name": "Stockroom",
                "profession": "system",
                "is_system": True,
                "version": 1,
                "created_at": BEGINNING,
                "updated_at": BEGINNING,
            }
        ],
    )
