"""Which is the clinic's one account of a virtual kind?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.models import Location
from stockroom.vocabulary import VIRTUAL_KINDS, LocationKind


def is_account(place: Any) -> ColumnElement[bool]:
    """Whether a location (or an alias) is one of the clinic's few accounts.

    Written with the very words of the index `uq_location_one_virtual`, so that SQLite looks there and
    not through every container that was ever opened.
    """
    kinds = [kind.value for kind in sorted(VIRTUAL_KINDS)]
    words: Any = bindparam("account_kinds", kinds, expanding=True, literal_execute=True)
    kind: ColumnElement[bool] = place.kind.in_(words)
    return kind


_ACCOUNTS = Once(
    select(Location.kind, Location.id).where(
        Location.clinic_id == bindparam("clinic"),
        is_account(Location),
        Location.kind.in_(bindparam("kinds", expanding=True)),
    )
)


def accounts(work: Work, *kinds: LocationKind) -> dict[LocationKind, int]:
    """Give the ids of the clinic's virtual accounts of these kinds, in one statement."""
    rows = _ACCOUNTS.all(work.connection, {"clinic": work.clinic_id, "kinds": list(kinds)})
    return {LocationKind(row.kind): row.id for row in rows}
