"""Does any clinic ask that another person than its author approves a recipe?  Recipes are of all clinics."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from stockroom.db.base import table_of
from stockroom.models import Clinic, ClinicSetting


def asks_for_two(connection: Connection) -> bool:
    """True while one clinic has not said that one person is enough; one statement."""
    one_is_enough = exists().where(
        ClinicSetting.clinic_id == Clinic.id,
        ClinicSetting.name == "recipe_by_two",
        ClinicSetting.value == "false",
    )
    asking = select(exists().select_from(table_of(Clinic)).where(~one_is_enough))
    return bool(connection.execute(asking).scalar_one())
