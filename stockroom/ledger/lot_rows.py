"""How does a manufactured lot come into a clinic's books?  Once, and with the same expiry in every clinic.

A number that was read wrongly once belongs to a row that leads to the right lot.  Goods that truly bear it get
a row of their own, when somebody has read it again; the other row then says what it was: `A1 → A7`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import bindparam, insert, select, tuple_, update

from stockroom.db.adding_many import AddingMany
from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, NeedsOverride, extracted
from stockroom.ledger.recall_holding import catch_new_lots
from stockroom.models import Lot, Product
from stockroom.vocabulary import LotKind

Printed = tuple[date | None, datetime | None]
LotKey = tuple[int, str]
"""The product's id and the lot number: what makes a manufacturer's lot."""


@dataclass(eq=False, kw_only=True)
class LotExpiryDiffers(Conflict):
    """The same product and lot number is known with another expiry, here or in another clinic."""

    code: ClassVar[str] = "lot_expiry_differs"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is in the books with expiry {known}, not {stated}. Read number and date "
        "on the pack again; if the books are wrong, have the lot corrected first."
    )
    lot_number: str
    product: str
    known: date | datetime | None
    stated: date | datetime | None


@dataclass(eq=False, kw_only=True)
class LotSuperseded(NeedsOverride):
    """Goods under this number were found to be another lot; who takes such in says that it was read again."""

    code: ClassVar[str] = "lot_superseded"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} was found to be {now_called} before. Read the number on the pack again: if "
        "it is {now_called}, enter that; if it truly is {lot_number}, write this number into the line's decision."
    )
    lot_number: str
    product: str
    now_called: str


@dataclass(frozen=True, kw_only=True)
class LotOf:
    """A manufacturer's lot as it is stated; no expiry means that nothing is said of it."""

    product_id: int
    product_name: str
    number: str
    expires_on: date | None = None
    expires_at: datetime | None = None
    number_is_ours: bool = False
    is_confirmed: bool = False
    """Somebody read the number again, or another clinic's books say it."""

    @property
    def key(self) -> LotKey:
        return self.product_id, self.number

    @property
    def printed(self) -> Printed:
        return self.expires_on, self.expires_at


@dataclass(frozen=True, kw_only=True)
class BookedLot:
    """A lot of the work's clinic."""

    lot_id: int
    lot_uid: str
    is_new: bool = False
    """It came into the books with this act."""


_NOTHING: Printed = (None, None)
_COLUMNS: list[Any] = [
    Lot.id, Lot.uid, Lot.clinic_id, Lot.product_id, Lot.number,
    Lot.expires_on, Lot.expires_at, Lot.superseded_by_id,
]  # fmt: skip
_NAMED = Once(
    select(*_COLUMNS).where(tuple_(Lot.product_id, Lot.number).in_(bindparam("lots", expanding=True)))
)
_LOT_COLUMNS = (
    "uid", "clinic_id", "product_id", "kind", "number", "number_is_ours", "expires_on", "expires_at", "created_at",
)  # fmt: skip
_ADD_LOTS = AddingMany(Lot, _LOT_COLUMNS, "uid", "id")
_ADD_LOT = Once(insert(table_of(Lot)).returning(Lot.uid, Lot.id))


def ensure_lots(work: Work, stated: Iterable[LotOf]) -> dict[LotKey, BookedLot]:
    """Give the clinic's lots of these products and numbers, those that are new inserted, by key.

    A bounded number of statements, however many lots.  A lot of which no expiry is stated takes the one
    that is in the books.  A new number that fits the range or pattern of a recall is held by it from the first.
    Raises LotExpiryDiffers (also within what is stated, and against any other clinic), LotSuperseded for a
    number that was read wrongly before and is not confirmed.
    """
    wanted = _agreed(stated)
    known = _known(work, wanted)
    if not work.store.is_sqlite and any(key not in _here(work, known)[0] for key in wanted):
        lock_products(work, (product_id for product_id, _ in wanted))
        known = _known(work, wanted)
    wanted = {key: _as_booked(lot, known.get(key, [])) for key, lot in wanted.items()}
    here, misread = _here(work, known)
    for key, row in misread.items():
        _make_way(work, wanted[key], row)
    booked = {key: BookedLot(lot_id=row.id, lot_uid=row.uid) for key, row in here.items()}
    return booked | _insert(work, [lot for key, lot in wanted.items() if key not in booked])


def _agreed(stated: Iterable[LotOf]) -> dict[LotKey, LotOf]:
    """Each lot once; lines that say nothing of its expiry agree with those that do."""
    lots: dict[LotKey, LotOf] = {}
    for lot in stated:
        earlier = lots.setdefault(lot.key, lot)
        if earlier.printed == _NOTHING:
            lots[lot.key] = replace(lot, is_confirmed=lot.is_confirmed and earlier.is_confirmed)
        elif lot.printed not in (_NOTHING, earlier.printed):
            raise _differs(lot, earlier.printed)
        elif not lot.is_confirmed:
            lots[lot.key] = replace(earlier, is_confirmed=False)
    return lots


def _known(work: Work, wanted: dict[LotKey, LotOf]) -> dict[LotKey, list[Any]]:
    """The rows of these lots in every clinic: one manufacturer's lot is one lot everywhere."""
    known: dict[LotKey, list[Any]] = {}
    for row in _NAMED.all(work.connection, {"lots": list(wanted)}):
        known.setdefault((row.product_id, row.number), []).append(row)
    return known


def _here(work: Work, known: dict[LotKey, list[Any]]) -> tuple[dict[LotKey, Any], dict[LotKey, Any]]:
    """The clinic's own rows: those that are the lot of that number, and those that were taken for it."""
    ours = [(key, row) for key, rows in known.items() for row in rows if row.clinic_id == work.clinic_id]
    return (
        {key: row for key, row in ours if row.superseded_by_id is None},
        {key: row for key, row in ours if row.superseded_by_id is not None},
    )


def lock_products(work: Work, product_ids: Iterable[int]) -> None:
    """Let no other clinic name a lot of these products now: it could state another expiry.

    On SQLite nobody else writes.  On PostgreSQL FOR NO KEY UPDATE, in the order of the ids, after the
    clinic's head: it waits for no reference to a product and for no other lock of an act, so that it
    cannot end in a deadlock.
    """
    if work.store.is_sqlite:
        return
    ids = sorted(set(product_ids))
    statement = select(Product.id).where(Product.id.in_(ids)).order_by(Product.id)
    work.connection.execute(statement.with_for_update(key_share=True)).all()


def _as_booked(lot: LotOf, rows: list[Any]) -> LotOf:
    """The lot with the expiry of the books.  Raises LotExpiryDiffers."""
    for row in sorted(rows, key=lambda each: each.id):
        if row.superseded_by_id is not None:
            continue
        if lot.printed == _NOTHING:
            lot = replace(lot, expires_on=row.expires_on, expires_at=row.expires_at)
        elif lot.printed != (row.expires_on, row.expires_at):
            raise _differs(lot, (row.expires_on, row.expires_at))
    return lot


def _insert(work: Work, lots: list[LotOf]) -> dict[LotKey, BookedLot]:
    if not lots:
        return {}
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "product_id": lot.product_id,
            "kind": LotKind.MANUFACTURED,
            "number": lot.number,
            "number_is_ours": lot.number_is_ours,
            "expires_on": lot.expires_on,
            "expires_at": lot.expires_at,
            "created_at": work.recorded_at,
        }
        for lot in lots
    ]
    added = (
        _ADD_LOT.all(work.connection, rows[0]) if len(rows) == 1 else _ADD_LOTS.rows(work.connection, rows)
    )
    ids = {row.uid: row.id for row in added}
    catch_new_lots(work, [lot.key for lot in lots])
    return {
        lot.key: BookedLot(lot_id=ids[row["uid"]], lot_uid=str(row["uid"]), is_new=True)
        for lot, row in zip(lots, rows, strict=True)
    }


def _differs(lot: LotOf, known: Printed) -> LotExpiryDiffers:
    return LotExpiryDiffers(
        lot_number=lot.number,
        product=lot.product_name,
        known=known[0] or known[1],
        stated=lot.expires_on or lot.expires_at,
    )


def _make_way(work: Work, lot: LotOf, misread: Any) -> None:
    """Give a number to the lot that truly bears it: the row that was misread keeps its uid and says what it is.

    Raises LotSuperseded unless the number is confirmed.
    """
    ours = Lot.clinic_id == work.clinic_id
    successor = select(Lot.number).where(ours, Lot.id == misread.superseded_by_id)
    now_called = work.connection.execute(successor).scalar_one()
    if not lot.is_confirmed:
        raise LotSuperseded(lot_number=lot.number, product=lot.product_name, now_called=now_called)
    told = f"{lot.number} → {now_called}"
    same = select(Lot.number).where(
        ours, Lot.product_id == lot.product_id, Lot.number.startswith(told, autoescape=True)
    )
    taken = set(work.connection.execute(same).scalars())
    names = (told if n == 1 else f"{told} ({n})" for n in count(1))
    free = next(name for name in names if name not in taken)
    work.connection.execute(update(Lot).where(ours, Lot.id == misread.id).values(number=free))
    confirmed = work.payload.setdefault("numbers_confirmed", [])
    assert isinstance(confirmed, list)
    confirmed.append([misread.uid, lot.number])
