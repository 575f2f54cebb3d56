"""How do balances change?  By conditional updates whose row count is looked at (L4, L5, L7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import and_, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from stockroom.db.adding_many import in_lists, rows_of_lists
from stockroom.db.base import table_of
from stockroom.db.columns import Quantity
from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.models import Balance
from stockroom.rules.posting import LotFacts
from stockroom.units import QUANTITY_MAX

# Statements of every posting.
_HERE = and_(
    Balance.clinic_id == bindparam("at_clinic"),
    Balance.location_id == bindparam("at_location"),
    Balance.lot_id == bindparam("of_lot"),
)
_LEFT = Balance.quantity + bindparam("change", type_=Quantity())
_STILL_PROMISED = Balance.allocated - bindparam("promised", type_=Quantity())
_LOWER = Once(
    update(table_of(Balance))
    .where(_HERE, _LEFT >= _STILL_PROMISED, _STILL_PROMISED >= 0)
    .values(quantity=_LEFT, allocated=_STILL_PROMISED)
)
_PROMISE = Once(
    update(table_of(Balance))
    .where(_HERE, Balance.quantity - Balance.allocated >= bindparam("promised", type_=Quantity()))
    .values(allocated=Balance.allocated + bindparam("promised", type_=Quantity()))
)
_WITHDRAW = Once(
    update(table_of(Balance)).where(_HERE, _STILL_PROMISED >= 0).values(allocated=_STILL_PROMISED)
)


@dataclass(eq=False, kw_only=True)
class NotEnoughOnHand(Conflict):
    """A physical place would go below zero, or below what is promised from it (L4, L7)."""

    code: ClassVar[str] = "not_enough_on_hand"
    message: ClassVar[str] = extracted(
        "There is not enough of lot {lot_number} left here. Count the place, or take another lot."
    )
    lot_number: str
    wanted: int


class MoreThanAnyStock(Conflict):
    """A place would hold more of a lot than a number can be that every reader keeps exact."""

    code: ClassVar[str] = "more_than_any_stock"
    message: ClassVar[str] = extracted(
        "So much of one lot cannot lie in one place. Look at the quantities again."
    )


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one (lot, location): the net quantity, and the promises that end with it."""

    lot_id: int
    location_id: int
    quantity: int
    promised: int = 0
    """Base units no longer promised (what allocations that end with this movement held)."""


def apply(work: Work, changes: list[Change], lots: Mapping[int, LotFacts]) -> None:
    """Change balances in the given order.  Raises NotEnoughOnHand, MoreThanAnyStock, and changes nothing that stays."""
    for change in changes:
        if change.quantity < 0 or change.promised:
            _lower(work, change, lots[change.lot_id].lot_number)
    raised = [change for change in changes if change.quantity > 0 and not change.promised]
    if raised:
        _raise(work, raised, lots)


def _lower(work: Work, change: Change, lot_number: str) -> None:
    here = _here(work, change.lot_id, change.location_id)
    asked = {**here, "change": change.quantity, "promised": change.promised}
    if _LOWER.change(work.connection, asked) != 1:
        raise NotEnoughOnHand(lot_number=lot_number, wanted=-change.quantity)


def _raising(statement: Any) -> Once:
    return Once(
        statement.on_conflict_do_update(
            index_elements=["clinic_id", "location_id", "lot_id"],
            set_={"quantity": Balance.quantity + statement.excluded.quantity},
            where=Balance.quantity <= QUANTITY_MAX - statement.excluded.quantity,
        )
    )


_BALANCE_COLUMNS = ["clinic_id", "location_id", "lot_id", "product_id", "quantity", "allocated"]
_RAISE_ON_SQLITE, _RAISE_ON_POSTGRES = (
    _raising(dialect.insert(table_of(Balance))) for dialect in (sqlite, postgresql)
)
_RAISE_MANY_ON_POSTGRES = _raising(
    postgresql.insert(table_of(Balance)).from_select(
        _BALANCE_COLUMNS, rows_of_lists(table_of(Balance), _BALANCE_COLUMNS)
    )
)


def _raise(work: Work, changes: list[Change], lots: Mapping[int, LotFacts]) -> None:
    rows = [
        {
            "clinic_id": work.clinic_id,
            "location_id": change.location_id,
            "lot_id": change.lot_id,
            "product_id": lots[change.lot_id].product_id,
            "quantity": change.quantity,
            "allocated": 0,
        }
        for change in changes
    ]
    if work.store.is_sqlite:
        raised = _RAISE_ON_SQLITE.change_each(work.connection, rows)
    elif len(rows) == 1:
        raised = _RAISE_ON_POSTGRES.change(work.connection, rows[0])
    else:
        raised = _RAISE_MANY_ON_POSTGRES.change(work.connection, in_lists(rows))
    if raised != len(changes):
        raise MoreThanAnyStock()


def promise(work: Work, *, lot_id: int, location_id: int, quantity: int, lot_number: str) -> None:
    """Promise `quantity` of what is on hand and not promised.  Raises NotEnoughOnHand."""
    here = _here(work, lot_id, location_id)
    if _PROMISE.change(work.connection, {**here, "promised": quantity}) != 1:
        raise NotEnoughOnHand(lot_number=lot_number, wanted=quantity)


def withdraw_promise(work: Work, *, lot_id: int, location_id: int, quantity: int) -> None:
    """Take a promise back.  Raises RuntimeError when there was no such promise, which is our own mistake."""
    here = _here(work, lot_id, location_id)
    if _WITHDRAW.change(work.connection, {**here, "promised": quantity}) != 1:
        raise RuntimeError("a promise that was never made cannot be withdrawn")


def _here(work: Work, lot_id: int, location_id: int) -> dict[str, int]:
    return {"at_clinic": work.clinic_id, "at_location": location_id, "of_lot": lot_id}
