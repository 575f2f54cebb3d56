"""What has to be looked up before sessions are written: short codes that are free, and what needs name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam

from stockroom.ledger.session_rows import LookedUp, NewSession
from stockroom.models import Product, ProductGroup, TreatmentSession
from stockroom.reads.finding import many_by_uid
from stockroom.reads.short_codes import free_short_codes, taken_codes
from stockroom.rules.planning import NeedOf

_TAKEN_CODES = taken_codes(TreatmentSession.short_code, TreatmentSession.clinic_id == bindparam("clinic"))


def look_up(connection: Connection, clinic_id: int, sessions: Sequence[NewSession]) -> LookedUp:
    """Give what is needed to write these sessions, under the lock of whoever writes them.  Raises ThingNotFound."""
    named = look_up_needs(connection, (need for each in sessions for need in each.needs))
    codes = free_short_codes(connection, _TAKEN_CODES, len(sessions), clinic=clinic_id)
    return LookedUp(products=named.products, groups=named.groups, codes=codes)


def look_up_needs(connection: Connection, needs: Iterable[NeedOf]) -> LookedUp:
    """Give the ids of what needs name, in two statements at most.  Raises ThingNotFound."""
    asked = tuple(needs)
    return LookedUp(
        products=_ids(connection, Product, (each.product_uid for each in asked), "product"),
        groups=_ids(connection, ProductGroup, (each.group_uid for each in asked), "product group"),
    )


def _ids(connection: Connection, model: Any, uids: Iterable[str | None], thing: str) -> dict[str | None, int]:
    wanted = {uid for uid in uids if uid is not None}
    if not wanted:
        return {}
    return {uid: row.id for uid, row in many_by_uid(connection, model, wanted, thing=thing).items()}
