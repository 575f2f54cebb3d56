"""How are the demo's days opened and closed?  A month of readings, a warm evening that was decided, an emergency box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stockroom.demo.town import House, Shelf, Town, minutes
from stockroom.demo.troubles import lots_here
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.check_emergency_box import CheckEmergencyBox, check_emergency_box
from stockroom.operations.close_day import CloseDay, LeftOver, close_day
from stockroom.operations.decide_excursion import DecideExcursion, decide_excursion
from stockroom.operations.hold_exposed import HoldExposed, hold_exposed
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.record_readings import (
    ReadingOf,
    ReadingsRecorded,
    RecordReadings,
    record_readings,
)
from stockroom.operations.set_levels import SetParLevel, set_par_level
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.queries.day_closing import day_end
from stockroom.rules.temperatures import Figures, Verdict
from stockroom.vocabulary import LocationKind, StorageClass

READ_DAYS = 31
"""So many days back thermometers are read and days closed."""
WARM_DAYS_AGO = 9
"""About then the first clinic's fridge stood open over noon."""
_BOX = "Emergency box"
_IN_BOX = (("saline", 2), ("syringe-5", 4), ("needle-30g-13", 4))
_IN_ROOM = (("needle-30g-4", 6), ("anaesthetic-cream", 1), ("syringe-2", 3))


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one thermometer says, in tenths of a degree."""

    now: int
    lowest: int
    highest: int


def keeps_day(town: Town, day: date) -> bool:
    """True for the days on which the demo reads its thermometers."""
    today = town.until.astimezone(town.houses[0].zone).date()
    return (today - day).days <= READ_DAYS


def open_day(town: Town, house: House, day: date, at: datetime) -> None:
    """The morning's round; some mornings nobody has time for it.  On the first of these days the box is made up."""
    if house is town.houses[0] and _BOX not in house.shelves:
        _add_emergency_box(town, house, at)
    if day.day % 13:
        _read(town, house, at, _usual(town))
    box = house.shelves.get(_BOX)
    if box is not None:
        look = CheckEmergencyBox(location_uid=box.uid, is_complete=True, is_sealed=True, seal=f"D-{day:%y%m}")
        town.do(check_emergency_box, look, by=house.actors["nurse"], at=at + minutes(3))


def read_again(town: Town, house: House, day: date, at: datetime) -> None:
    """The afternoon's round, with a warm fridge once."""
    if _is_warm(town, house, day):
        _warm_afternoon(town, house, at)
    else:
        _read(town, house, at, _usual(town))


def end_day(town: Town, house: House, day: date, at: datetime) -> None:
    """The closing, with what was left over."""
    clinic_id = house.actors["nurse"].clinic_id
    with town.store.reading() as connection:
        open_now = day_end(connection, clinic_id, day=day, zone=str(house.zone), now=at)
    thrown = [each for each in open_now.left if each.is_ticked]
    left = tuple(LeftOver(lot_uid=each.thing.lot_uid, location_uid=each.location_uid) for each in thrown)
    stays = open_now.sessions or open_now.drafts or len(thrown) < len(open_now.left)
    command = CloseDay(day=day, thrown_away=left, although="demo: it is needed tomorrow" if stays else "")
    town.do(close_day, command, by=house.actors["nurse"], at=at)
    gone = {each.location_uid for each in thrown}
    house.open_vials = {slug: vial for slug, vial in house.open_vials.items() if vial.uid not in gone}


def begin_today(town: Town, house: House, at: datetime) -> None:
    """Today's round in the first clinic; the second clinic's fridge is found warm, and nobody has decided yet."""
    is_first = house is town.houses[0]
    _read(
        town,
        house,
        at,
        Said(now=43, lowest=31, highest=66) if is_first else Said(now=112, lowest=38, highest=117),
    )


def _add_emergency_box(town: Town, house: House, at: datetime) -> None:
    """A box with what should lie in it, filled from the cupboard, and what the first room should hold."""
    manager = house.actors["manager"]
    added = town.do(
        add_location,
        AddLocation(name=_BOX, kind=LocationKind.CUPBOARD, storage_class=StorageClass.ROOM),
        by=manager,
        at=at,
    )
    house.shelves[_BOX] = Shelf(uid=added.location_uid, name=_BOX)
    watch = WatchPlace(location_uid=added.location_uid, is_read=False, limits=None, is_emergency_box=True)
    town.do(watch_place, watch, by=manager, at=at)
    for place, wanted in ((_BOX, _IN_BOX), ("Room 1", _IN_ROOM)):
        for slug, count in wanted:
            par = SetParLevel(
                product_uid=town.products[slug].uid, location_uid=house.shelves[place].uid, par_count=count
            )
            town.do(set_par_level, par, by=manager, at=at)
    _fill(town, house, at)


def _fill(town: Town, house: House, at: datetime) -> None:
    for slug, count in _IN_BOX:
        product = town.products[slug]
        lots = [each for each in lots_here(town, house, slug) if each.quantity >= count * product.content]
        if not lots:
            continue
        line = MoveLine(
            lot_uid=lots[-1].uid, from_uid=lots[-1].location_uid, quantity=count * product.content
        )
        command = MoveGoods(to_uid=house.shelves[_BOX].uid, lines=(line,))
        town.do(move_goods, command, by=house.actors["nurse"], at=at)
        house.sealed[slug] = house.sealed.get(slug, 0) - count


def _is_warm(town: Town, house: House, day: date) -> bool:
    """The last working day that lies at least so long back."""
    today = town.until.astimezone(house.zone).date()
    wanted = today - timedelta(days=WARM_DAYS_AGO)
    while wanted.weekday() > 4:
        wanted -= timedelta(days=1)
    return house is town.houses[0] and day == wanted


def _warm_afternoon(town: Town, house: House, at: datetime) -> None:
    """The door had stood open: held at once, and released after a look into the leaflets."""
    done = _read(town, house, at, Said(now=57, lowest=36, highest=96))
    excursion = done.excursion_uids[0]
    hold = HoldExposed(excursion_uid=excursion, note="demo: the door stood open over noon")
    town.do(hold_exposed, hold, by=house.actors["nurse"], at=at + minutes(5))
    _read(town, house, at + minutes(10), Said(now=52, lowest=50, highest=57))
    decision = DecideExcursion(
        excursion_uid=excursion,
        verdict=Verdict.RELEASE,
        reason="demo: below 10 °C for less than two hours, which every leaflet allows",
    )
    town.do(decide_excursion, decision, by=house.actors["manager"], at=at + minutes(25))


def _usual(town: Town) -> Said:
    now = town.random.randint(36, 58)
    return Said(now=now, lowest=now - town.random.randint(3, 12), highest=now + town.random.randint(4, 18))


def _read(town: Town, house: House, at: datetime, fridge: Said) -> ReadingsRecorded:
    room = town.random.randint(198, 224)
    said = (("Fridge", fridge), ("Cupboard", Said(now=room, lowest=room - 12, highest=room + 9)))
    readings = tuple(
        ReadingOf(
            location_uid=house.shelves[name].uid,
            figures=Figures(now_tenths=each.now, lowest_tenths=each.lowest, highest_tenths=each.highest),
        )
        for name, each in said
    )
    done: ReadingsRecorded = town.do(
        record_readings, RecordReadings(readings=readings), by=house.actors["nurse"], at=at
    )
    return done
