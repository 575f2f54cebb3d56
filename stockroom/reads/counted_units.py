"""In which base units is the stock counted that a request, or an answer, names many of at once?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.db.glance import Glance
from stockroom.models import Container, Lot, Movement, Preparation, Product, ProductGroup, TradeItem
from stockroom.models import Line as LineRow
from stockroom.models import Location as LocationRow
from stockroom.reads.asked_things import Asked, read_asked
from stockroom.reads.named import Family, Name, in_order, parameters
from stockroom.reads.trade_items import goes_by
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, CodeScheme, ContainerState

_OF_LOTS = Once(
    select(Lot.uid, Product.base_unit)
    .join(Product, Product.id == Lot.product_id)
    .where(Lot.clinic_id == bindparam("clinic"), Lot.uid.in_(bindparam("uids", expanding=True)))
)


def of_lots(connection: Connection | Glance, clinic_id: int, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of the clinic's lots by uid, in one statement; unknown ones are left out."""
    wanted = set(uids)
    rows = _OF_LOTS.all(connection, {"clinic": clinic_id, "uids": sorted(wanted)}) if wanted else ()
    return {row.uid: BaseUnit(row.base_unit) for row in rows}


def of_codes(connection: Connection, codes: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base units of what these codes of packs name, in one statement; unknown ones are left out."""
    statement = (
        select(TradeItem.code.label("uid"), Product.base_unit)
        .join(Product, Product.id == TradeItem.product_id)
        .where(TradeItem.scheme.in_(tuple(CodeScheme)))
    )
    return _by_uid(connection, statement, TradeItem.code, codes)


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
    connection: Connection | Glance, clinic_id: int, things: Sequence[ThingName], *, today: date
) -> tuple[BaseUnit | None, ...]:
    """Give for each name the base unit of what it means, None where it means nothing here.

    One statement.  Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, and ThingNotFound for an id
    that is no id, as the act itself would.
    """
    asked = [read_asked(thing, today=today) for thing in things]
    wanted = in_order(name for each in asked for name in each.names)
    if not wanted:
        return (None,) * len(asked)
    statement = _units(tuple(name.family for name in wanted))
    units: dict[Name, BaseUnit] = {}
    for row in statement.all(connection, parameters(clinic_id, wanted)):
        units.setdefault(wanted[row.n], BaseUnit(row.base_unit))
    return tuple(_unit(each, units) for each in asked)


def _unit(asked: Asked, units: dict[Name, BaseUnit]) -> BaseUnit | None:
    """The unit of the first name that has one; a place beside other names only says where."""
    is_alone = len(asked.names) == 1
    telling = (name for name in asked.names if is_alone or name.family is not Family.PLACE)
    return next((units[name] for name in telling if name in units), None)


@lru_cache(maxsize=512)
def _units(families: tuple[Family, ...]) -> Once:
    """The statement for names of these families; building it costs more than running it."""
    told = (_unit_of(family, bindparam(f"named_{n}"), n) for n, family in enumerate(families))
    return Once(union_all(*told))


def _unit_of(family: Family, text: BindParameter[Any], n: int) -> Select[Any]:
    clinic: BindParameter[Any] = bindparam("named_clinic")
    of_lot: Any = select(literal(n).label("n"), Product.base_unit).join(Lot, Lot.product_id == Product.id)
    in_container: Any = of_lot.join(
        Container, and_(Container.clinic_id == Lot.clinic_id, Container.lot_id == Lot.id)
    ).where(Container.clinic_id == clinic)
    of_product: Any = select(literal(n).label("n"), Product.base_unit)
    ways: dict[Family, Select[Any]] = {
        Family.PACK: of_product.join(TradeItem, TradeItem.product_id == Product.id).where(goes_by(text)),
        Family.LOT: of_lot.where(Lot.clinic_id == clinic, Lot.uid == text),
        Family.PRODUCT: of_product.where(Product.uid == text),
        Family.PREPARATION: of_product.join(Preparation, Preparation.product_id == Product.id).where(
            Preparation.clinic_id == clinic, Preparation.short_code == text, Preparation.lot_id.is_not(None)
        ),
        Family.CONTAINER: in_container.where(
            Container.short_code == text, Container.state == written(ContainerState.OPEN)
        ),
        Family.PLACE: in_container.join(
            LocationRow,
            and_(LocationRow.clinic_id == Container.clinic_id, LocationRow.id == Container.location_id),
        ).where(LocationRow.uid == text),
    }
    return ways[family]


def _by_uid(connection: Connection, statement: Any, column: Any, uids: Iterable[str]) -> dict[str, BaseUnit]:
    wanted = set(uids)
    rows = connection.execute(statement.where(column.in_(wanted))) if wanted else ()
    return {row.uid: BaseUnit(row.base_unit) for row in rows}
