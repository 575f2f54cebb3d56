"""Which lots does a trace name, where do they lie, and which are one lot?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.models import (
    Balance,
    Clinic,
    Container,
    Line,
    Location,
    Lot,
    LotAlias,
    Product,
    TradeItem,
    TransferLine,
    UsageArea,
)
from stockroom.vocabulary import CodeScheme

IDS_MAX = 10_000
"""How many ids one statement names; PostgreSQL takes 65,535 parameters."""

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
    Product.base_unit,
)
CLINICS: Any = bindparam("clinic_ids", expanding=True)
IDS: Any = bindparam("ids", expanding=True)
_standing = aliased(Location, name="standing")
_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")


def stands(line: Any) -> Any:
    """The condition that a line still counts: it has no reversal, or that was itself reversed."""
    undone = and_(_undone.clinic_id == _reversal.clinic_id, _undone.reverses_line_id == _reversal.id)
    reversal = and_(_reversal.clinic_id == line.clinic_id, _reversal.reverses_line_id == line.id)
    return ~select(_reversal.id).where(reversal, ~select(_undone.id).where(undone).exists()).exists()


def _transfers(near: Any, far: Any) -> Any:
    return (
        select(near.label("near_id"), *LOT_COLUMNS)
        .select_from(TransferLine)
        .outerjoin(Lot, Lot.id == far)
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
        .where(near.in_(IDS), func.coalesce(Lot.id, 0) > 0)
        .distinct()
        .order_by(Lot.id)
    )


_SENT_ON = _transfers(TransferLine.from_lot_id, TransferLine.to_lot_id)
_CAME_FROM = _transfers(TransferLine.to_lot_id, TransferLine.from_lot_id)


def sent_on(connection: Connection, lot_ids: Collection[int]) -> list[Row[Any]]:
    """Give the lots of other clinics as which these arrived there, wherever the viewer may look."""
    return [row for part in _parts(lot_ids) for row in connection.execute(_SENT_ON, {"ids": part})]


def came_from(connection: Connection, lot_ids: Collection[int]) -> list[Row[Any]]:
    """Give the lots of other clinics from which these were sent."""
    return [row for part in _parts(lot_ids) for row in connection.execute(_CAME_FROM, {"ids": part})]


def _family(*conditions: Any) -> Any:
    """The statement for the lots that meet the conditions, and their kin; built once for each way to name them."""
    found = (
        select(Lot.id, Lot.clinic_id, Lot.superseded_by_id)
        .where(Lot.clinic_id.in_(CLINICS), *conditions)
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
    return (
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
        has.clinic_id.in_(CLINICS),
        has.product_id == product_id,
        has.number == bindparam("number"),
        has.superseded_by_id.is_(None),
    )
    misread = select(had.id).where(
        had.clinic_id.in_(CLINICS),
        had.product_id == product_id,
        had.number == bindparam("number"),
        ~has_it.exists(),
    )
    had_it = (
        select(once.id)
        .select_from(LotAlias)
        .join(once, and_(once.clinic_id == LotAlias.clinic_id, once.id == LotAlias.lot_id))
        .where(
            LotAlias.clinic_id.in_(CLINICS),
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
_FAMILY_BY_ID = _family(Lot.id == bindparam("lot_id"))
_FAMILY_BY_NUMBER = _family(_numbered(_product_named))
_FAMILY_BY_CODE = _family(_numbered(_product_coded))


def family_of_uid(connection: Connection, clinic_ids: Collection[int], *, uid: str) -> list[Row[Any]]:
    """Give the lot with this uid, and the lots that it turned out to be or was once taken for."""
    asked = {"clinic_ids": list(clinic_ids), "lot_uid": uid}
    return list(connection.execute(_FAMILY_BY_UID, asked))


def family_of_id(connection: Connection, clinic_ids: Collection[int], *, lot_id: int) -> list[Row[Any]]:
    """Give a lot of which the key is known, and its kin."""
    asked = {"clinic_ids": list(clinic_ids), "lot_id": lot_id}
    return list(connection.execute(_FAMILY_BY_ID, asked))


def family_of_number(
    connection: Connection, clinic_ids: Collection[int], *, product_uid: str, number: str
) -> list[Row[Any]]:
    """Give the lots of a product that have this number, or where none has once had it, and their kin."""
    asked = {"clinic_ids": list(clinic_ids), "product_uid": product_uid, "number": number}
    return list(connection.execute(_FAMILY_BY_NUMBER, asked))


def family_of_code(
    connection: Connection, clinic_ids: Collection[int], *, code: str, number: str
) -> list[Row[Any]]:
    """Give the lots that a pack's code and number name, and their kin."""
    asked = {"clinic_ids": list(clinic_ids), "code": code, "number": number}
    return list(connection.execute(_FAMILY_BY_CODE, asked))


_ONCE_TAKEN_FOR: Any = (
    select(_kin.id.label("near_id"), *LOT_COLUMNS)
    .select_from(_kin)
    .outerjoin(
        Lot,
        and_(
            Lot.clinic_id == _kin.clinic_id,
            Lot.superseded_by_id == _kin.id,
        ),
    )
    .outerjoin(Product, Product.id == Lot.product_id)
    .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
    .where(_kin.id.in_(IDS), func.coalesce(Lot.id, 0) > 0)
    .order_by(Lot.id)
)


def once_taken_for(connection: Connection, lot_ids: Collection[int]) -> list[Row[Any]]:
    """Give the lots that turned out to be one of these."""
    return [row for part in _parts(lot_ids) for row in connection.execute(_ONCE_TAKEN_FOR, {"ids": part})]


_AREAS = (
    select(UsageArea.line_id, UsageArea.area, UsageArea.quantity)
    .select_from(Line)
    .outerjoin(UsageArea, and_(UsageArea.clinic_id == Line.clinic_id, UsageArea.line_id == Line.id))
    .where(func.coalesce(UsageArea.quantity, 0) > 0)
    .order_by(UsageArea.line_id, UsageArea.area)
)
_AREAS_OF_LOTS = _AREAS.where(Line.clinic_id.in_(CLINICS), Line.lot_id.in_(IDS), Line.session_id.is_not(None))
_AREAS_OF_SESSIONS = _AREAS.where(Line.clinic_id.in_(CLINICS), Line.session_id.in_(IDS))


def areas_of_lots(
    connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]
) -> dict[int, list[Row[Any]]]:
    """Give the body areas of every use of these lots, by line."""
    return _by_line(in_parts(connection, _AREAS_OF_LOTS, clinic_ids, lot_ids))


def areas_of_sessions(
    connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int]
) -> dict[int, list[Row[Any]]]:
    """Give the body areas of every use in these sessions, by line."""
    return _by_line(in_parts(connection, _AREAS_OF_SESSIONS, clinic_ids, session_ids))


_LYING = (
    select(
        Balance.lot_id,
        Balance.quantity,
        Location.uid.label("location_uid"),
        Location.name.label("location_name"),
        Location.kind.label("location_kind"),
        Container.short_code.label("container_code"),
        _standing.name.label("standing_name"),
    )
    .outerjoin(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
    .outerjoin(
        Container,
        and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id),
    )
    .outerjoin(
        _standing, and_(_standing.clinic_id == Container.clinic_id, _standing.id == Container.stands_in_id)
    )
    .where(Balance.clinic_id.in_(CLINICS), Balance.lot_id.in_(IDS), Balance.quantity > written(0))
    .order_by(Balance.lot_id, Location.name)
)


def lying(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> list[Row[Any]]:
    """Give where these lots still lie."""
    return list(in_parts(connection, _LYING, clinic_ids, lot_ids))


def _by_line(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found


def in_parts(
    connection: Connection, statement: Any, clinic_ids: Collection[int], ids: Collection[int]
) -> Iterator[Row[Any]]:
    """Run a statement over clinics and ids, a bounded number of ids at a time."""
    for part in _parts(ids):
        yield from connection.execute(statement, {"clinic_ids": list(clinic_ids), "ids": part}).all()


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_MAX):
        yield ordered[start : start + IDS_MAX]
