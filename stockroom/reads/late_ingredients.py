"""Out of what was it taken, what is said to have gone into a cocktail that was made and never booked?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.reads.asked_things import Asked, choices, lay_out
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.missing_goods import not_in_the_books
from stockroom.reads.named import look_up
from stockroom.reads.things import NOBODY
from stockroom.reads.things_then import Place, things_then
from stockroom.rules.fefo import in_order
from stockroom.rules.usability import Purpose, Thing, is_usable
from stockroom.rules.using import OpenItFirst, is_used_in_one_go


def drawn_late(
    connection: Connection, clinic_id: int, wanted: Sequence[tuple[Asked, int]], *, at: datetime
) -> tuple[Thing, ...]:
    """Give the place, as the books have it now, from which each (name, base units) was taken at `at`.

    Raises ThingNotFound, NotInTheBooks where nothing of it is left, OpenItFirst.
    """
    asked = tuple(each for each, _ in wanted)
    zone = clinic_settings(connection, clinic_id).time_zone
    found = look_up(connection, clinic_id, [name for each in asked for name in each.names])
    laid_out = lay_out(connection, clinic_id, asked, found, asker=NOBODY)
    things = []
    for each, quantity in wanted:
        here = choices(connection, clinic_id, each, found, laid_out)
        if not here:
            raise not_in_the_books(connection, clinic_id, each, used=quantity)
        then = things_then(connection, clinic_id, here, at=at, zone=zone)
        thing = _meant(here, then, quantity, at, zone)
        if not thing.is_opened and not is_used_in_one_go(thing):
            raise OpenItFirst(lot_uid=thing.lot_uid, lot_number=thing.lot_number, product=thing.product_name)
        things.append(thing)
    return tuple(things)


def whole_taken(thing: Thing, quantity: int) -> int:
    """What is taken for it: at a shelf whole presentations, whose remainder is thrown away (L13)."""
    return quantity if thing.is_opened else quantity + -quantity % thing.content_quantity


def _meant(
    here: Sequence[Thing], then: Mapping[Place, Thing], quantity: int, at: datetime, zone: str
) -> Thing:
    """Which of the places of one lot: usable then, with enough of it, opened first."""

    def rank(thing: Thing) -> tuple[bool, bool]:
        usable = is_usable(thing, now=at, today=civil_date(at, zone), purpose=Purpose.COMPOUND)
        return (not usable, thing.quantity < quantity)

    as_they_were = [then[each.lot_id, each.location_id] for each in here]
    meant = min(in_order(as_they_were, zone=zone), key=rank)
    return next(each for each in here if each.location_id == meant.location_id)
