"""Which plain statements does every act need?  Built once for each table: building one costs more than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Update, bindparam, insert, select, update

from stockroom.db.base import Base, table_of


@cache
def adding(model: type[Base]) -> Insert:
    """Add rows, given as dicts."""
    return insert(table_of(model))


@cache
def adding_one(model: type[Base]) -> Any:
    """Add one row, given as a dict, and give its id."""
    table = table_of(model)
    return insert(table).returning(table.c.id)


@cache
def changing(model: type[Base], *keys: str) -> Update:
    """Change the row whose keys are given as `its_…`; whatever else is given is what it is changed to."""
    table = table_of(model)
    return update(table).where(*(table.c[key] == bindparam(f"its_{key}") for key in keys))


@cache
def reading(model: type[Base], *keys: str) -> Select[Any]:
    """Give the whole rows whose keys are given as `its_…`."""
    table = table_of(model)
    return select(table).where(*(table.c[key] == bindparam(f"its_{key}") for key in keys))
