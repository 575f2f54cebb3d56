"""What lay in stock at the end of a past day, and what was it worth?  Lot by lot, by what its deliveries cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import (
    Clinic,
    Container,
    Line,
    Lot,
    LotAlias,
    Movement,
    Product,
    ProductGroup,
    Transfer,
)
from stockroom.queries.worth_books import flow_of
from stockroom.queries.worth_cut import Cut
from stockroom.queries.worth_standing import Standing, standing_at
from stockroom.rules.worth_layers import Value, together
from stockroom.vocabulary import LocationKind

_MADE_WAY = " → "
"""What stands between the number under which a lot was first read and the one that it is called now (decision 0006)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotWorth:
    """What there was of one lot in one clinic, and what it was worth."""

    clinic_uid: str
    clinic: str
    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    is_cocktail: bool
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    group: str | None
    """The product group; None for a product that is in none."""
    sealed_quantity: int
    """Base units at shelves, in whole presentations."""
    opened_quantity: int
    """Base units in opened containers, and of cocktails."""
    on_the_way_quantity: int
    """Base units that were sent to another clinic and had not arrived there."""
    value: Value

    @property
    def quantity(self) -> int:
        """Everything of it that belonged to the clinic."""
        return self.sealed_quantity + self.opened_quantity + self.on_the_way_quantity


@dataclass(slots=True, kw_only=True)
class _Amounts:
    clinic_id: int
    there: int = 0
    opened: int = 0
    on_the_way: int = 0


def stock_worth(connection: Connection, cut: Cut, *, clinic_ids: Collection[int]) -> tuple[LotWorth, ...]:
    """Give every lot that these clinics had at a point of the books: by clinic, group, product and expiry.

    Names of products, groups and clinics are those of today; quantities, lots, expiries and costs those of
    then.  A number of statements that does not grow with the rows.
    """
    standing = standing_at(connection, cut)
    amounts = _on_hand(connection, standing, clinic_ids)
    lines = _on_the_way(connection, standing, clinic_ids)
    sent: dict[int, list[int]] = {}
    for row in lines:
        sent.setdefault(row.lot_id, []).append(row.id)
        amounts.setdefault(row.lot_id, _Amounts(clinic_id=row.clinic_id)).on_the_way += row.quantity
    flow = flow_of(connection, standing, lot_ids=amounts, lines={row.id: row.lot_id for row in lines})
    facts = _facts(connection, amounts)
    printed = _printed_then(connection, cut, amounts)
    rows = [
        _row(
            facts[lot_id],
            each,
            printed.get(lot_id),
            together([flow.of_remainder(lot_id, each.there), *map(flow.of_line, sent.get(lot_id, ()))]),
        )
        for lot_id, each in amounts.items()
    ]
    return tuple(sorted(rows, key=_order))


def list_digest(cut: Cut, rows: Iterable[LotWorth]) -> str:
    """Give the digest by which two copies of a list are known to say the same.

    SHA-256 of the canonical JSON [day, [[clinic uid, lot uid, sealed, opened, on the way, [[currency, minor] …],
    is whole] …]], sorted: quantities and costs, and no name that may change.
    """
    said = sorted(
        [
            row.clinic_uid, row.lot_uid, row.sealed_quantity, row.opened_quantity, row.on_the_way_quantity,
            [[currency, minor] for currency, minor in row.value.sums], row.value.is_whole,
        ]
        for row in rows
    )  # fmt: skip
    return sha256(canonical([cut.day.isoformat(), said]))


def _order(row: LotWorth) -> tuple[Any, ...]:
    limit = row.expires_on or (row.expires_at.date() if row.expires_at else date.max)
    return (
        row.clinic.casefold(), row.group is None, (row.group or "").casefold(), row.product_name.casefold(),
        row.strength, row.product_uid, limit, row.lot_number, row.lot_uid,
    )  # fmt: skip


def _on_hand(connection: Connection, standing: Standing, clinic_ids: Collection[int]) -> dict[int, _Amounts]:
    """Add up what came to places and went from them, lot by lot; reversals turn round what they reverse."""
    virtual = standing.virtual
    container = select(Container.location_id).where(Container.clinic_id.in_(clinic_ids))
    there = _net(Line.to_id.not_in(virtual), Line.from_id.not_in(virtual))
    opened = _net(Line.to_id.in_(container), Line.from_id.in_(container))
    statement = (
        select(Line.clinic_id, Line.lot_id, there.label("there"), opened.label("opened"))
        .where(Line.clinic_id.in_(clinic_ids), Line.movement_id <= standing.movement_id(Line.clinic_id))
        .group_by(Line.clinic_id, Line.lot_id)
        .having(there != 0)
    )
    if standing.cut.happened_before is not None:
        statement = _that_had_happened(statement, standing.cut.happened_before)
    return {
        row.lot_id: _Amounts(clinic_id=row.clinic_id, there=row.there, opened=row.opened)
        for row in connection.execute(statement)
    }


def _net(came: ColumnElement[bool], went: ColumnElement[bool]) -> Any:
    return cast(
        func.sum(case((came, Line.quantity), else_=0) - case((went, Line.quantity), else_=0)), BigInteger
    )


def _that_had_happened(statement: Any, before: datetime) -> Any:
    """Only what had happened by then; a reversal happened when what it reverses did, for that never happened."""
    own, original, of_original = aliased(Movement), aliased(Line), aliased(Movement)
    happened_at = func.coalesce(of_original.occurred_at, own.occurred_at, type_=own.occurred_at.type)
    return (
        statement.join(own, and_(own.clinic_id == Line.clinic_id, own.id == Line.movement_id))
        .outerjoin(original, and_(original.clinic_id == Line.clinic_id, original.id == Line.reverses_line_id))
        .outerjoin(
            of_original,
            and_(of_original.clinic_id == original.clinic_id, of_original.id == original.movement_id),
        )
        .where(happened_at < before)
    )


def _on_the_way(connection: Connection, standing: Standing, clinic_ids: Collection[int]) -> list[Any]:
    """Give the lines by which goods left for another clinic that had not arrived there."""
    line, movement, arrival = aliased(Line), aliased(Movement), aliased(Movement)
    newest_there = standing.movement_id(Transfer.to_clinic_id)
    not_arrived = [Transfer.arrive_movement_id.is_(None), Transfer.arrive_movement_id > newest_there]
    if standing.cut.happened_before is not None:
        not_arrived.append(arrival.occurred_at >= standing.cut.happened_before)
    return list(
        connection.execute(
            select(line.id, line.clinic_id, line.lot_id, line.quantity)
            .select_from(Transfer)
            .outerjoin(arrival, arrival.id == Transfer.arrive_movement_id)
            .join(movement, movement.document_uid == Transfer.uid)
            .join(line, and_(line.clinic_id == movement.clinic_id, line.movement_id == movement.id))
            .where(
                Transfer.from_clinic_id.in_(clinic_ids),
                movement.clinic_id == Transfer.from_clinic_id,
                line.to_id.in_(standing.ids(LocationKind.IN_TRANSIT)),
                or_(*not_arrived),
                standing.stands(line, movement),
            )
        )
    )


def _facts(connection: Connection, lot_ids: Collection[int]) -> Mapping[int, Any]:
    rows = connection.execute(
        select(
            Lot.id,
            Clinic.uid.label("clinic_uid"),
            Clinic.name.label("clinic"),
            Lot.uid.label("lot_uid"),
            Lot.number,
            Lot.superseded_by_id,
            Lot.expires_on,
            Lot.expires_at,
            Lot.beyond_use_at,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            ProductGroup.name.label("group"),
        )
        .join(Clinic, Clinic.id == Lot.clinic_id)
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == Product.group_id)
        .where(among(Lot.id, "lots")),
        {"lots": tuple(lot_ids)},
    )
    return {row.id: row for row in rows}


def _printed_then(connection: Connection, cut: Cut, lot_ids: Collection[int]) -> dict[int, Any]:
    """Give the expiry that was read then of each lot whose expiry was put right later."""
    if cut.recorded_at is None:
        return {}
    rows = connection.execute(
        select(LotAlias.lot_id, LotAlias.expires_on, LotAlias.expires_at)
        .join(Lot, and_(Lot.clinic_id == LotAlias.clinic_id, Lot.id == LotAlias.lot_id))
        .where(
            among(LotAlias.lot_id, "lots"),
            LotAlias.number == Lot.number,
            LotAlias.recorded_at > cut.recorded_at,
        )
        .order_by(LotAlias.id.desc()),
        {"lots": tuple(lot_ids)},
    )
    return {row.lot_id: row for row in rows}  # the first that was put right after then stays


def _row(fact: Any, amounts: _Amounts, printed: Any, value: Value) -> LotWorth:
    number = fact.number
    if fact.superseded_by_id is not None:
        number = number.partition(_MADE_WAY)[0]
    is_made = fact.beyond_use_at is not None
    return LotWorth(
        clinic_uid=fact.clinic_uid,
        clinic=fact.clinic,
        lot_uid=fact.lot_uid,
        lot_number=number,
        expires_on=fact.expires_on if printed is None else printed.expires_on,
        expires_at=fact.expires_at if printed is None else printed.expires_at,
        is_cocktail=is_made,
        product_uid=fact.product_uid,
        product_name=fact.product_name,
        strength=fact.strength,
        presentation=fact.presentation,
        base_unit=fact.base_unit,
        content_quantity=fact.content_quantity,
        group=fact.group,
        sealed_quantity=0 if is_made else amounts.there - amounts.opened,
        opened_quantity=amounts.there if is_made else amounts.opened,
        on_the_way_quantity=amounts.on_the_way,
        value=value,
    )
