"""In which base units is the stock counted that a request, or an answer, names many of at once?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from stockroom.models import Container, Lot, Movement, Product, ProductGroup, TradeItem
from stockroom.models import Line as LineRow
from stockroom.models import Location as LocationRow
from stockroom.reads.asked_things import Asked, read_asked
from stockroom.reads.named import Family, Found, look_up
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, CodeScheme


def of_lots(connection: Connection, clinic_id: int, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of the clinic's lots by uid, in one statement; unknown ones are left out."""
    statement = (
        select(Lot.uid, Product.base_unit)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id)
    )
    return _by_uid(connection, statement, Lot.uid, uids)


def of_gtins(connection: Connection, gtins: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of what these GTINs (14 digits) name, in one statement; unknown ones are left out."""
    statement = (
        select(TradeItem.code.label("uid"), Product.base_unit)
        .join(Product, Product.id == TradeItem.product_id)
        .where(TradeItem.scheme == CodeScheme.GTIN)
    )
    return _by_uid(connection, statement, TradeItem.code, gtins)


def of_groups(connection: Connection, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give by uid of a group the base unit of its first product, in one statement; empty groups are left out."""
    first = select(func.min(Product.id)).where(Product.group_id == ProductGroup.id).scalar_subquery()
    statement = select(ProductGroup.uid, Product.base_unit).join(Product, Product.id == first)
    return _by_uid(connection, statement, ProductGroup.uid, uids)


def of_containers(connection: Connection, clinic_id: int, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of what is in the clinic's containers by uid, in one statement."""
    statement = (
        select(LocationRow.uid, Product.base_unit)
        .join(
            Container,
            and_(Container.clinic_id == LocationRow.clinic_id, Container.location_id == LocationRow.id),
        )
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(LocationRow.clinic_id == clinic_id)
    )
    return _by_uid(connection, statement, LocationRow.uid, uids)


def of_lines(connection: Connection, clinic_id: int, *, movement_uid: str) -> dict[int, BaseUnit]:
    """Give the base units of the lines of a movement by number, in one statement; empty for an unknown one."""
    rows = connection.execute(
        select(LineRow.n, Product.base_unit)
        .join(Movement, and_(Movement.clinic_id == LineRow.clinic_id, Movement.id == LineRow.movement_id))
        .join(Lot, and_(Lot.clinic_id == LineRow.clinic_id, Lot.id == LineRow.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(LineRow.clinic_id == clinic_id, Movement.uid == movement_uid)
    )
    return {row.n: BaseUnit(row.base_unit) for row in rows}


def of_things(
    connection: Connection, clinic_id: int, things: Sequence[ThingName], *, today: date
) -> tuple[BaseUnit | None, ...]:
    """Give for each name the base unit of what it means, None where it means nothing here.

    Four statements at most.  Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, and ThingNotFound for
    an id that is no id, as the act itself would.
    """
    asked = [read_asked(thing, today=today) for thing in things]
    found = look_up(connection, clinic_id, (name for each in asked for name in each.names))
    meant = [_meant(each, found) for each in asked]
    units = {
        "product": _by_id(connection, select(Product.id, Product.base_unit), Product.id, meant, "product"),
        "lot": _by_id(connection, _of_lot(clinic_id), Lot.id, meant, "lot"),
        "place": _by_id(connection, _of_place(clinic_id), Container.location_id, meant, "place"),
    }
    return tuple(None if each is None else units[each[0]].get(each[1]) for each in meant)


def _meant(asked: Asked, found: Found) -> tuple[str, int] | None:
    """The product, lot or opened container by which a name's unit is known."""
    for name in asked.names:
        rows = found.get(name, ())
        if not rows:
            continue
        if name.family in (Family.GTIN, Family.LOT, Family.PREPARATION):
            return "product", rows[0].other_id or 0
        if name.family is Family.PRODUCT:
            return "product", rows[0].id
        if name.family is Family.CONTAINER:
            return "lot", rows[0].other_id or 0
        if name.family is Family.PLACE and len(asked.names) == 1:
            return "place", rows[0].id
    return None


def _of_lot(clinic_id: int) -> Any:
    return (
        select(Lot.id, Product.base_unit)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id)
    )


def _of_place(clinic_id: int) -> Any:
    return (
        select(Container.location_id, Product.base_unit)
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(Container.clinic_id == clinic_id)
    )


def _by_id(
    connection: Connection, statement: Any, column: Any, meant: Iterable[tuple[str, int] | None], way: str
) -> dict[int, BaseUnit]:
    wanted = {each[1] for each in meant if each is not None and each[0] == way}
    rows = connection.execute(statement.where(column.in_(wanted))) if wanted else ()
    return {row[0]: BaseUnit(row.base_unit) for row in rows}


def _by_uid(connection: Connection, statement: Any, column: Any, uids: Iterable[str]) -> dict[str, BaseUnit]:
    wanted = set(uids)
    rows = connection.execute(statement.where(column.in_(wanted))) if wanted else ()
    return {row.uid: BaseUnit(row.base_unit) for row in rows}
