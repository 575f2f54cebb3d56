"""Which lots does a trace name, where do they lie, and which are one lot?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Clinic,
    Line,
    Lot,
    LotAlias,
    Movement,
    Product,
    TradeItem,
    Transfer,
    TransferLine,
    UsageArea,
)
from stockroom.vocabulary import CodeScheme, LotKind


@dataclass(frozen=True, kw_only=True)
class LotNamed:
    """A lot, as a trace names it."""

    lot_id: int
    """For the queries; it is never shown."""
    clinic_id: int
    uid: str
    number: str
    kind: LotKind
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    clinic_uid: str
    clinic_name: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    content_quantity: int
    base_unit: str


LOT_COLUMNS = (
    Lot.id.label("lot_id"),
    Lot.uid.label("lot_uid"),
    Lot.number.label("lot_number"),
    Lot.kind.label("lot_kind"),
    Lot.expires_on,
    Lot.expires_at,
    Lot.beyond_use_at,
    Lot.clinic_id,
    Clinic.uid.label("clinic_uid"),
    Clinic.name.label("clinic_name"),
    Product.uid.label("product_uid"),
    Product.name.label("product_name"),
    Product.strength,
    Product.presentation,
    Product.content_quantity,
    Product.base_unit,
)


def lot_named(row: Any) -> LotNamed:
    """Make a lot of a row that holds `LOT_COLUMNS`."""
    return LotNamed(
        lot_id=row.lot_id,
        clinic_id=row.clinic_id,
        uid=row.lot_uid,
        number=row.lot_number,
        kind=LotKind(row.lot_kind),
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        beyond_use_at=row.beyond_use_at,
        clinic_uid=row.clinic_uid,
        clinic_name=row.clinic_name,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        presentation=row.presentation,
        content_quantity=row.content_quantity,
        base_unit=row.base_unit,
    )


_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")


def in_clinics(column: Any) -> ColumnElement[bool]:
    """The condition that a row is of one of the clinics that a statement is asked for."""
    return among(column, "clinic_ids")


def is_asked(column: Any) -> ColumnElement[bool]:
    """The condition that a key is one of those that a statement is asked for."""
    return among(column, "ids")


def stands(line: Any) -> Any:
    """The condition that a line still counts: it has no reversal, or that was itself reversed."""
    undone = and_(_undone.clinic_id == _reversal.clinic_id, _undone.reverses_line_id == _reversal.id)
    reversal = and_(_reversal.clinic_id == line.clinic_id, _reversal.reverses_line_id == line.id)
    return ~select(_reversal.id).where(reversal, ~select(_undone.id).where(undone).exists()).exists()


def _transfers(near: Any, far: Any) -> Once:
    return Once(
        select(
            near.label("near_id"),
            func.coalesce(Movement.recorded_at, Transfer.arrived_at).label("arrived_in_books_at"),
            *LOT_COLUMNS,
        )
        .select_from(TransferLine)
        .outerjoin(Transfer, Transfer.id == TransferLine.transfer_id)
        .outerjoin(Movement, Movement.id == Transfer.arrive_movement_id)
        .outerjoin(Lot, Lot.id == far)
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
        .where(is_asked(near), func.coalesce(Lot.id, 0) > 0)
        .distinct()
        .order_by(Lot.id)
    )


_SENT_ON = _transfers(TransferLine.from_lot_id, TransferLine.to_lot_id)
_CAME_FROM = _transfers(TransferLine.to_lot_id, TransferLine.from_lot_id)


def sent_on(connection: Connection, lot_ids: Collection[int]) -> Sequence[Any]:
    """Give the lots of other clinics as which these arrived there, wherever the viewer may look."""
    return _SENT_ON.all(connection, {"ids": tuple(lot_ids)})


def came_from(connection: Connection, lot_ids: Collection[int]) -> Sequence[Any]:
    """Give the lots of other clinics from which these were sent."""
    return _CAME_FROM.all(connection, {"ids": tuple(lot_ids)})


def _family(*conditions: Any) -> Once:
    """The statement for the lots that meet the conditions, and their kin; built once for each way to name them."""
    found = (
        select(Lot.id, Lot.clinic_id, Lot.superseded_by_id)
        .where(in_clinics(Lot.clinic_id), *conditions)
        .cte("family", recursive=True)
    )
    found = found.union(
        select(_kin.id, _kin.clinic_id, _kin.superseded_by_id)
        .select_from(found)
        .join(
            _kin,
            and_(
                _kin.clinic_id == found.c.clinic_id,
                or_(_kin.id == found.c.superseded_by_id, _kin.superseded_by_id == found.c.id),
            ),
        )
    )
    return Once(
        select(*LOT_COLUMNS)
        .select_from(found)
        .outerjoin(Lot, and_(Lot.clinic_id == found.c.clinic_id, Lot.id == found.c.id))
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
        .order_by(Lot.id)
    )


def _numbered(product_id: Any) -> Any:
    """The condition that a lot of this product has a number; where none has, was once booked under it.

    Each by an index.  A number that was read wrongly leads to the right lot until a lot truly bears it.
    """
    has, had, once = aliased(Lot), aliased(Lot), aliased(Lot)
    has_it = select(has.id).where(
        in_clinics(has.clinic_id),
        has.product_id == product_id,
        has.number == bindparam("number"),
        has.superseded_by_id.is_(None),
    )
    misread = select(had.id).where(
        in_clinics(had.clinic_id),
        had.product_id == product_id,
        had.number == bindparam("number"),
        ~has_it.exists(),
    )
    had_it = (
        select(once.id)
        .select_from(LotAlias)
        .join(once, and_(once.clinic_id == LotAlias.clinic_id, once.id == LotAlias.lot_id))
        .where(
            in_clinics(LotAlias.clinic_id),
            LotAlias.number == bindparam("number"),
            once.product_id == product_id,
            ~has_it.exists(),
        )
    )
    return Lot.id.in_(union(has_it, misread, had_it))


_kin = aliased(Lot, name="kin")
_product_named: Any = select(Product.id).where(Product.uid == bindparam("product_uid")).scalar_subquery()
_product_coded: Any = (
    select(TradeItem.product_id)
    .where(TradeItem.scheme.in_([scheme.value for scheme in CodeScheme]), TradeItem.code == bindparam("code"))
    .order_by(TradeItem.scheme != CodeScheme.GTIN, TradeItem.id)
    .limit(written(1))
    .scalar_subquery()
)
_FAMILY_BY_UID = _family(Lot.uid == bindparam("lot_uid"))
_FAMILY_BY_IDS = _family(is_asked(Lot.id))
_FAMILY_BY_NUMBER = _family(_numbered(_product_named))
_FAMILY_BY_CODE = _family(_numbered(_product_coded))


def family_of_uid(connection: Connection, clinic_ids: Collection[int], *, uid: str) -> Sequence[Any]:
    """Give the lot with this uid, and the lots that it turned out to be or was once taken for."""
    asked = {"clinic_ids": tuple(clinic_ids), "lot_uid": uid}
    return _FAMILY_BY_UID.all(connection, asked)


def family_of_ids(
    connection: Connection, clinic_ids: Collection[int], *, lot_ids: Collection[int]
) -> Sequence[Any]:
    """Give lots of which the keys are known, and their kin."""
    return over(connection, _FAMILY_BY_IDS, clinic_ids, lot_ids)


def family_of_number(
    connection: Connection, clinic_ids: Collection[int], *, product_uid: str, number: str
) -> Sequence[Any]:
    """Give the lots of a product that have this number, or where none has once had it, and their kin."""
    asked = {"clinic_ids": tuple(clinic_ids), "product_uid": product_uid, "number": number}
    return _FAMILY_BY_NUMBER.all(connection, asked)


def family_of_code(
    connection: Connection, clinic_ids: Collection[int], *, code: str, number: str
) -> Sequence[Any]:
    """Give the lots that a pack's code and number name, and their kin."""
    asked = {"clinic_ids": tuple(clinic_ids), "code": code, "number": number}
    return _FAMILY_BY_CODE.all(connection, asked)


_WITH_IDS = Once(
    select(*LOT_COLUMNS)
    .select_from(Lot)
    .join(Product, Product.id == Lot.product_id)
    .join(Clinic, Clinic.id == Lot.clinic_id)
    .where(is_asked(Lot.id))
    .order_by(Lot.id)
)


def lots_with_ids(connection: Connection, lot_ids: Collection[int]) -> tuple[LotNamed, ...]:
    """Give lots of which the keys are known, in any clinic, as they are and without their kin; one statement."""
    if not lot_ids:
        return ()
    return tuple(map(lot_named, _WITH_IDS.all(connection, {"ids": tuple(lot_ids)})))


_kin = aliased(Lot, name="kin")
_OF_OTHERS = Once(
    select(Lot.id).where(
        is_asked(Lot.id),
        or_(
            Lot.superseded_by_id.is_not(None),
            select(_kin.id)
            .where(_kin.clinic_id == Lot.clinic_id, _kin.superseded_by_id == Lot.id)
            .correlate(Lot)
            .exists(),
            select(TransferLine.id).where(TransferLine.to_lot_id == Lot.id).correlate(Lot).exists(),
        ),
    )
)


def of_others(connection: Connection, lot_ids: Collection[int]) -> set[int]:
    """Give those of these bought lots that came from another clinic, or are one with another lot; one statement."""
    if not lot_ids:
        return set()
    return {row.id for row in _OF_OTHERS.all(connection, {"ids": tuple(lot_ids)})}


_AREAS = (
    select(UsageArea.line_id, UsageArea.area, UsageArea.quantity)
    .select_from(Line)
    .outerjoin(UsageArea, and_(UsageArea.clinic_id == Line.clinic_id, UsageArea.line_id == Line.id))
    .where(func.coalesce(UsageArea.quantity, 0) > 0)
    .order_by(UsageArea.line_id, UsageArea.area)
)
_AREAS_OF_SESSIONS = Once(_AREAS.where(in_clinics(Line.clinic_id), is_asked(Line.session_id)))


def areas_of_sessions(
    connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int]
) -> dict[int, list[Any]]:
    """Give the body areas of every use in these sessions, by line."""
    return _by_line(over(connection, _AREAS_OF_SESSIONS, clinic_ids, session_ids))


def _by_line(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found


def over(
    connection: Connection, statement: Once, clinic_ids: Collection[int], ids: Collection[int]
) -> Sequence[Any]:
    """Run a statement over clinics and ids."""
    return statement.all(connection, {"clinic_ids": tuple(clinic_ids), "ids": tuple(ids)})
