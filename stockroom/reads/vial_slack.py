"""How much may still be drawn from an opened vial beyond what the books have in it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, and_, func, select, true
from sqlalchemy.orm import aliased

from stockroom.errors import extracted
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Container, Line, Location, Movement, ProductRule
from stockroom.rules.usability import Thing
from stockroom.rules.using import Taking
from stockroom.units import show_quantity
from stockroom.vocabulary import ContainerState, ContainerType, LocationKind, MovementKind

_DRAWN_BEYOND = [MovementKind.USE, MovementKind.OVERFILL, MovementKind.PREPARE]
"""Kinds of movement that find more in a vial than its label says; a count is not limited by that."""
_COUNTED = ContainerType.COUNTED_USE.value


@dataclass(eq=False, kw_only=True)
class MoreThanTheVialHeld(NotEnoughOnHand):
    """More is said to come out of a vial than its label and its usual overfill explain: somebody says why."""

    code: ClassVar[str] = "more_than_the_vial_held"
    message: ClassVar[str] = extracted(
        "By the books {left} are left in {container}, and {usual} more is usual for its overfill. "
        "Look at what was drawn, or say why it was more."
    )
    container: str
    left: str
    usual: str


@dataclass(frozen=True, kw_only=True)
class Slack:
    """What may be drawn beyond the book content of one vial."""

    within: int
    """Without a word: its product's tolerance; of a cream, whose amounts are estimated, all."""
    most: int
    """With a reason: no vial holds twice what its label says."""


NO_SLACK = Slack(within=0, most=0)


def slack_of(
    connection: Connection, clinic_id: int, things: Iterable[Thing], *, also_ended: bool = False
) -> dict[int, Slack]:
    """Give the slack of each container that is open (by location), in one statement; none for none.

    `also_ended`: of those too that have ended since, from which something was drawn before.
    """
    places = {thing.location_id for thing in things if thing.is_opened}
    if not places:
        return {}
    first, reversal = aliased(Movement), aliased(Line)
    corrected = and_(first.clinic_id == Movement.clinic_id, first.id == Movement.replaces_movement_id)
    undone = and_(reversal.clinic_id == Line.clinic_id, reversal.reverses_line_id == Line.id)
    found_there = (
        select(func.coalesce(func.sum(Line.quantity), 0))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.from_id))
        .outerjoin(first, corrected)
        .outerjoin(reversal, undone)
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id == Container.lot_id,
            Line.to_id == Container.location_id,
            Location.kind == LocationKind.ADJUSTMENT,
            reversal.id.is_(None),
            func.coalesce(first.kind, Movement.kind).in_(_DRAWN_BEYOND),
        )
        .correlate(Container)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Container.location_id,
            Container.content_quantity,
            ProductRule.container_type,
            ProductRule.overfill_max_quantity,
            found_there.label("found_there"),
        )
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .where(
            Container.clinic_id == clinic_id,
            Container.location_id.in_(places),
            true() if also_ended else Container.state == ContainerState.OPEN,
        )
    )
    found: dict[int, Slack] = {}
    for row in rows:
        most = 0 if row.container_type == _COUNTED else max(0, row.content_quantity - int(row.found_there))
        usual = max(0, row.overfill_max_quantity - int(row.found_there))
        is_estimated = row.container_type == ContainerType.MULTI_USE_TOPICAL
        found[row.location_id] = Slack(within=most if is_estimated else min(usual, most), most=most)
    return found


def allowed(slack: Mapping[int, Slack], *, with_reason: bool) -> dict[int, int]:
    """Give by location what may be drawn beyond the books, with a reason or without."""
    return {place: each.most if with_reason else each.within for place, each in slack.items()}


def require_reason(takings: Iterable[Taking], slack: Mapping[int, Slack]) -> None:
    """Ask why, where more was drawn than is usual and a reason explains it.  Raises MoreThanTheVialHeld."""
    lacking: dict[int, int] = {}
    for each in takings:
        place = each.thing.location_id
        lacking[place] = lacking.get(place, -each.thing.quantity) + each.from_books
        room = slack.get(place)
        if room is not None and 0 < lacking[place] <= room.most - room.within:
            raise more_than_held(each.thing, room, wanted=each.quantity)


def more_than_held(thing: Thing, room: Slack, *, wanted: int) -> MoreThanTheVialHeld:
    """Give the question why a vial gave so much."""
    return MoreThanTheVialHeld(
        lot_number=thing.lot_number,
        wanted=wanted,
        container=thing.container_code or "?",
        left=str(show_quantity(thing.unpromised, thing.base_unit)),
        usual=str(show_quantity(room.within, thing.base_unit)),
    )
