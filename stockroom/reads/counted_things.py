"""What do the books know of what was counted, what is each difference worth, and how much is tolerated?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from babel.numbers import get_currency_precision
from sqlalchemy import Connection, func, select, tuple_

from stockroom.errors import Conflict, extracted
from stockroom.ledger.statement import changes_since
from stockroom.models import Balance, Clinic, Container, Lot, Product, StocktakeLine
from stockroom.reads.lot_costs import lot_costs
from stockroom.reads.settings import settings_of
from stockroom.rules.confirming import Tolerance, Weighed, Why, why_second
from stockroom.rules.counting import Books, Find, Moved, Place, Reconciled, Thing, reconcile
from stockroom.rules.valuing import worth
from stockroom.vocabulary import ContainerState


@dataclass(eq=False, kw_only=True)
class LotElsewhere(Conflict):
    """An opened container holds one lot, and this is another one."""

    code: ClassVar[str] = "lot_elsewhere"
    message: ClassVar[str] = extracted(
        "Vial {short_code} was opened from another lot than {lot_number}. Read its label again."
    )
    lot_number: str
    short_code: str


def check_lots_in_vials(connection: Connection, clinic_id: int, finds: Iterable[Find]) -> None:
    """Refuse a lot that was found in a vial of another one; one statement.  Raises LotElsewhere."""
    found = tuple(finds)
    rows = connection.execute(
        select(Container.location_id, Container.lot_id, Container.short_code).where(
            Container.clinic_id == clinic_id,
            Container.location_id.in_({each.location_id for each in found}),
        )
    )
    vials = {row.location_id: row for row in rows}
    for each in found:
        vial = vials.get(each.location_id)
        if vial is not None and vial.lot_id != each.lot_id:
            raise LotElsewhere(lot_number=each.lot_number, short_code=vial.short_code)


def reconciled(connection: Connection, clinic_id: int, things: Sequence[Thing]) -> tuple[Reconciled, ...]:
    """Put each counted thing beside the books, in four statements; none for nothing."""
    if not things:
        return ()
    begun = {thing.place: thing.begun_at for thing in things}
    now = _lying(connection, clinic_id, begun)
    changes = changes_since(connection, clinic_id, begun)
    counted = _counted_last(connection, clinic_id, begun)
    vials = _vials(connection, clinic_id, {location_id for _lot, location_id in begun})
    found = []
    for thing in things:
        code, discarded_at = vials.get(thing.place[1], ("", None))
        books = Books(
            now=now.get(thing.place, 0),
            moves=tuple(
                Moved(quantity=each.quantity, happened_at=each.happened_at)
                for each in changes.get(thing.place, ())
            ),
            counted_at=counted.get(thing.place),
            short_code=code,
            discarded_at=discarded_at,
        )
        found.append(reconcile(thing, books))
    return tuple(found)


def weighed(connection: Connection, clinic_id: int, things: Iterable[Reconciled]) -> tuple[Weighed, ...]:
    """Give what each of these things differs by, and its worth by what its lot cost; two statements."""
    differing = tuple(things)
    lot_ids = {each.thing.place[0] for each in differing}
    if not lot_ids:
        return ()
    costs = lot_costs(connection, clinic_id, lot_ids)
    contents = {row.id: row.content_quantity for row in connection.execute(_contents(clinic_id, lot_ids))}
    return tuple(
        Weighed(
            quantity=abs(each.difference),
            content_quantity=contents[each.thing.place[0]],
            worth=worth(
                abs(each.difference),
                content_quantity=contents[each.thing.place[0]],
                costs=costs.get(each.thing.place[0], ()),
            ),
            reason=each.thing.reason,
        )
        for each in differing
    )


def needs_second(connection: Connection, clinic_id: int, things: Iterable[Reconciled]) -> tuple[Why, ...]:
    """Say why a second person confirms what differs; four statements, none where nothing differs."""
    differing = tuple(each for each in things if each.difference)
    if not differing:
        return ()
    return why_second(weighed(connection, clinic_id, differing), tolerance(connection, clinic_id))


def tolerance(connection: Connection, clinic_id: int) -> Tolerance:
    """Give how much one person may confirm alone in this clinic; two statements."""
    settings = settings_of(connection, clinic_id)
    currency = connection.execute(select(Clinic.currency).where(Clinic.id == clinic_id)).scalar_one()
    return Tolerance(
        minor=settings.count_tolerance_worth * 10 ** get_currency_precision(currency),
        currency=currency,
        presentations=settings.count_tolerance_presentations,
    )


def _lying(connection: Connection, clinic_id: int, places: Iterable[Place]) -> dict[Place, int]:
    rows = connection.execute(
        select(Balance.lot_id, Balance.location_id, Balance.quantity).where(
            Balance.clinic_id == clinic_id,
            tuple_(Balance.lot_id, Balance.location_id).in_(sorted(places)),
        )
    )
    return {(row.lot_id, row.location_id): row.quantity for row in rows}


def _counted_last(connection: Connection, clinic_id: int, places: Iterable[Place]) -> dict[Place, datetime]:
    latest: Any = func.max(StocktakeLine.counted_at, type_=StocktakeLine.counted_at.type)
    rows = connection.execute(
        select(StocktakeLine.lot_id, StocktakeLine.location_id, latest.label("counted_at"))
        .where(
            StocktakeLine.clinic_id == clinic_id,
            tuple_(StocktakeLine.lot_id, StocktakeLine.location_id).in_(sorted(places)),
        )
        .group_by(StocktakeLine.lot_id, StocktakeLine.location_id)
    )
    return {(row.lot_id, row.location_id): row.counted_at for row in rows}


def _vials(
    connection: Connection, clinic_id: int, location_ids: set[int]
) -> dict[int, tuple[str, datetime | None]]:
    """The opened containers among these places: their codes, and when those that were thrown away were."""
    rows = connection.execute(
        select(Container.location_id, Container.short_code, Container.state, Container.closed_at).where(
            Container.clinic_id == clinic_id, Container.location_id.in_(location_ids)
        )
    )
    return {
        row.location_id: (
            row.short_code,
            row.closed_at if row.state == ContainerState.DISCARDED else None,
        )
        for row in rows
    }


def _contents(clinic_id: int, lot_ids: set[int]) -> Any:
    return (
        select(Lot.id, Product.content_quantity)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id, Lot.id.in_(lot_ids))
    )
