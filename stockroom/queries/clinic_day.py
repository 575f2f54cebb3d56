"""Which civil date is it in a clinic?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, bindparam, select

from stockroom.clock import civil_date
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.models import Clinic

NOW: Any = bindparam("now", type_=UTCDateTime())
TODAY: Any = bindparam("today", type_=Date())
"""The instant and the clinic's date, for statements that are built once."""
_ZONE = Once(select(Clinic.time_zone).where(Clinic.id == bindparam("clinic")))


def today_in(connection: Connection, clinic_id: int, now: datetime) -> date:
    """Give the date that a wall in the clinic shows at `now`; one statement."""
    return civil_date(now, _ZONE.scalar(connection, {"clinic": clinic_id}))
