"""Where do the books say that what must not be used lies: expired, past its limit, held, recalled?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from stockroom.clock import civil_date
from stockroom.models import Balance, Clinic, Location, Product
from stockroom.queries.clinic_day import NOW, TODAY
from stockroom.reads.in_stock import in_stock
from stockroom.reads.lot_costs import lot_costs
from stockroom.reads.things import Where, things
from stockroom.reads.usable import is_usable, with_facts
from stockroom.rules.usability import Purpose, Thing, broken_rules
from stockroom.rules.valuing import Cost, Worth, worth
from stockroom.vocabulary import UNUSABLE_KINDS, LocationKind, Rule

WHYS = (Rule.RECALLED, Rule.EXPIRED, Rule.BEYOND_USE, Rule.PUNCTURES_SPENT, Rule.HELD)
"""What makes a thing one to be separated, the gravest first."""
_ZONE = select(Clinic.time_zone).where(Clinic.id == bindparam("clinic"))
_CANDIDATES: Any = with_facts(
    select(
        Balance.lot_id,
        Balance.location_id,
        Location.uid.label("location_uid"),
        Product.uid.label("product_uid"),
        Product.strength,
        Product.presentation,
    ).select_from(Balance)
).where(in_stock(), ~is_usable(now=NOW, today=TODAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedThing:
    """A lot at a place (an opened container is one) that must not be used."""

    whys: tuple[Rule, ...]
    """RECALLED, EXPIRED, BEYOND_USE, PUNCTURES_SPENT, HELD: the gravest first, never empty."""
    hold_reasons: tuple[str, ...]
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    lot_uid: str
    lot_number: str
    location_uid: str
    place: str
    container_code: str | None
    is_separated: bool
    """It lies in quarantine or among the returns; what does not is the work to be done."""
    limit_at: datetime | None
    """The instant from which it may not be used; None where it has no limit."""
    quantity: int
    worth: Worth | None
    """By the cost of its deliveries; None is not known."""


def separation(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[SeparatedThing, ...]:
    """Give everything on hand that must not be used, what still lies among usable things first.

    Five statements at most.  What stops it is decided by `rules.usability`, as at the bench.
    """
    zone = connection.execute(_ZONE, {"clinic": clinic_id}).scalar_one()
    today = civil_date(now, zone)
    named = {
        (row.lot_id, row.location_id): row
        for row in connection.execute(_CANDIDATES, {"clinic": clinic_id, "now": now, "today": today})
    }
    if not named:
        return ()
    stopped = [
        (thing, whys)
        for thing in things(connection, clinic_id, Where(pairs=tuple(named)))
        if (whys := _whys(thing, now=now, today=today))
    ]
    costs = lot_costs(connection, clinic_id, (thing.lot_id for thing, _ in stopped))
    rows = (
        _row(thing, whys, named[thing.lot_id, thing.location_id], costs.get(thing.lot_id, ()), zone)
        for thing, whys in stopped
    )
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.is_separated,
                row.place,
                WHYS.index(row.whys[0]),
                row.product_name,
                row.lot_number,
            ),
        )
    )


def _whys(thing: Thing, *, now: datetime, today: Any) -> tuple[Rule, ...]:
    broken = broken_rules(thing, now=now, today=today, purpose=Purpose.DISPATCH)
    return tuple(each.rule for each in broken if each.rule in WHYS)


def _row(
    thing: Thing, whys: tuple[Rule, ...], named: Any, costs: tuple[Cost, ...], zone: str
) -> SeparatedThing:
    stands = thing.standing_kind if thing.location_kind is LocationKind.CONTAINER else thing.location_kind
    return SeparatedThing(
        whys=whys,
        hold_reasons=tuple(reason.value for reason in thing.hold_reasons),
        product_uid=named.product_uid,
        product_name=thing.product_name,
        strength=named.strength,
        presentation=named.presentation,
        base_unit=thing.base_unit,
        content_quantity=thing.content_quantity,
        lot_uid=thing.lot_uid,
        lot_number=thing.lot_number,
        location_uid=named.location_uid,
        place=thing.location_name,
        container_code=thing.container_code,
        is_separated=stands in UNUSABLE_KINDS,
        limit_at=thing.limit(zone),
        quantity=thing.quantity,
        worth=worth(thing.quantity, content_quantity=thing.content_quantity, costs=costs),
    )
