"""How does the demo end?  With a full day today, something expiring, low, on hold, and a vial near its limit.

What is under way at its last moment stands in `under_way`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.demo.catalogue import write_newer_versions
from stockroom.demo.courses import plan_courses
from stockroom.demo.day import begin_today
from stockroom.demo.evidencing import sign_a_trace
from stockroom.demo.inspecting import let_inspect
from stockroom.demo.keeping import keep_things, somebody_reacts, use_the_gun
from stockroom.demo.ordering import order_a_week_ago, put_on_drafts, receive_a_part
from stockroom.demo.patients import Patients
from stockroom.demo.recalling import recall_something
from stockroom.demo.stockkeeping import find_tube_empty, look_at_shelves, top_up
from stockroom.demo.town import House, Town, minutes
from stockroom.demo.troubles import lots_here
from stockroom.demo.under_way import NEEDS_MINUTES, UNDER_WAY, leave_under_way
from stockroom.demo.visits import TREATMENTS, Agenda, Booking, Treatment, book, treat, wanted_today
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.receive import Receive, receive
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.operations.sign_session import SignSession, sign_session
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.receiving import CostOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import (
    ArrivalState,
    CostState,
    HoldReason,
    OrderChoice,
    SignatureMeaning,
    SignOnWay,
)

SESSIONS_TODAY = 25
_VISIT_MINUTES = 20
_LAST_ONES = 3
"""The last sessions of the day are of patients whom something speaks against."""
_WITH_GUN = 3
"""Sessions of today in which the mesogun stands; after the first of them the patient reacts."""
_EXPIRES_IN_DAYS = 20
_OPENED_BEFORE_MINUTES = 330
"""The vial in the room lives six hours: half an hour is left of it."""

Event = Callable[[datetime], None]


def end_in_the_present(town: Town, agendas: list[Agenda], patients: Patients) -> None:
    """Live through today until now, in order; what has not come yet stays planned, or is under way."""
    house, agenda = town.houses[0], agendas[0]
    today = town.until.astimezone(house.zone).date()
    night = house.at(today, 0) - minutes(350)  # the last afternoon's acts are over by then
    morning = min(house.at(today, 6), max(town.until - minutes(_OPENED_BEFORE_MINUTES + 40), night))
    in_work = _fill_today(town, house, agenda, patients, morning)
    look_at_shelves(town, house, today)
    top_up(town, house, wanted_today(town, agenda.on(today)), morning + minutes(28))
    if not house.order_uids:  # the demo is younger than the orders
        order_a_week_ago(town, house, morning + minutes(29))
    events: list[tuple[datetime, Event]] = [
        (morning + minutes(30), lambda at: _receive_short_dated(town, house, at)),
        (morning + minutes(31), lambda at: receive_a_part(town, house, at)),
        (morning + minutes(32.5), lambda at: _receive_unconfirmed(town, house, at)),
        (morning + minutes(34), lambda at: _make_low(town, house, at)),
        (morning + minutes(35), lambda at: keep_things(town, house, at)),
        (morning + minutes(34), lambda at: write_newer_versions(town, house, at)),
        (morning + minutes(35.5), lambda at: let_inspect(town, house, at)),
        (morning + minutes(35.8), lambda at: sign_a_trace(town, house, at)),
        (morning + minutes(36), lambda at: _hold_one_lot(town, house, at)),
        (morning + minutes(36.2), lambda at: find_tube_empty(town, house, at)),
        (morning + minutes(38.5), lambda at: recall_something(town, house, at)),
        (morning + minutes(36.5), lambda at: plan_courses(town, house, agenda.on(today), at)),
        # Its evening ends an hour later by the first clinic's clock, which is that of the morning.
        *((morning + minutes(37 + 60 * n), _begins(town, each)) for n, each in enumerate(town.houses)),
        (morning + minutes(37), lambda at: put_on_drafts(town, house, at)),
        (_opening_time(town, house, morning), lambda at: _open_near_limit(town, house, at)),
    ]
    over = agenda.on(today)[: agenda.on(today).index(in_work[0])]
    events += [(booking.planned_at, _treats(town, house, agenda, booking)) for booking in over]
    for at, event in sorted(events, key=lambda each: each[0]):
        if at + minutes(_VISIT_MINUTES + NEEDS_MINUTES) <= town.until:
            event(at)
    leave_under_way(town, house, in_work)


def _begins(town: Town, house: House) -> Event:
    return lambda at: begin_today(town, house, at)


def _treats(town: Town, house: House, agenda: Agenda, booking: Booking) -> Event:
    """A session of today, which the practitioner signs beside the nurse."""

    def event(at: datetime) -> None:
        has_gun = bool(house.device_uids) and len(house.with_gun) < _WITH_GUN
        if has_gun:
            use_the_gun(town, house, booking, at)
        treat(town, house, agenda, booking, at)
        if has_gun and len(house.with_gun) == 1:
            somebody_reacts(town, house, booking, at + minutes(_VISIT_MINUTES - 1.9))
        signed = SignSession(
            session_uid=booking.session_uid, meaning=SignatureMeaning.INJECTED, way=SignOnWay.PIN
        )
        town.do(sign_session, signed, by=house.actors["practitioner"], at=at + minutes(_VISIT_MINUTES - 1))

    return event


def _fill_today(
    town: Town, house: House, agenda: Agenda, patients: Patients, morning: datetime
) -> list[Booking]:
    """Book first sessions until the day is full, and give those that are under way at the end.

    The last patient was not asked about allergies yet; before her come one for whom what is planned does not
    suit, and one who takes anticoagulants.
    """
    today = town.until.astimezone(house.zone).date()
    bookings = agenda.on(today)
    last = (patients.with_caution, patients.with_stop, patients.somebody_new)
    now = _first_under_way(town.until - house.at(today, 9), len(bookings))
    at = morning
    while len(bookings) < SESSIONS_TODAY:
        at, n = at + timedelta(seconds=30), len(bookings)
        is_last = n >= SESSIONS_TODAY - len(last)
        is_in_work = now <= n < now + len(UNDER_WAY)
        who = last[n - SESSIONS_TODAY] if is_last else patients.for_new_course
        patient_uid = who(house, at)
        book(
            town,
            house,
            agenda,
            patient_uid=patient_uid,
            treatment=_treatment(town, n - now, is_in_work=is_in_work, is_last=is_last),
            day=today,
            left_in_course=0 if is_last else 3,
            at=at,
        )
    return bookings[now : now + len(UNDER_WAY)]


def _treatment(town: Town, place: int, *, is_in_work: bool, is_last: bool) -> Treatment:
    """The treatment of one of today's first sessions; the last ones get what an allergy may speak against."""
    if is_in_work:
        return UNDER_WAY[place]
    if is_last:
        return next(each for each in TREATMENTS if each.slug == "booster")
    return town.random.choices(TREATMENTS, [each.weight for each in TREATMENTS])[0]


def _first_under_way(since_nine: timedelta, booked: int) -> int:
    """The place in the day of the first session that is not over; those booked before today keep theirs."""
    over = (since_nine - minutes(NEEDS_MINUTES)) // minutes(_VISIT_MINUTES)
    return min(max(over, booked), SESSIONS_TODAY - _LAST_ONES - len(UNDER_WAY))


def _opening_time(town: Town, house: House, morning: datetime) -> datetime:
    """About so long before the present, and between two sessions."""
    wanted = max(town.until - minutes(_OPENED_BEFORE_MINUTES), morning + minutes(38))
    nine = house.at(wanted.astimezone(house.zone).date(), 9)
    if wanted < nine:
        return wanted
    return nine + ((wanted - nine) // minutes(_VISIT_MINUTES)) * minutes(_VISIT_MINUTES) + minutes(19)


def receive_what_expires(town: Town, house: House, at: datetime) -> None:
    """Receive a box, when the demo begins, whose last day was yesterday: it is to be put aside today."""
    yesterday = town.until.astimezone(house.zone).date() - timedelta(days=1)
    _receive_dated(town, house, "zinc", "OVER1", yesterday, at)


def _receive_short_dated(town: Town, house: House, at: datetime) -> None:
    _receive_dated(town, house, "vitamin-a", "SHORT1", at.date() + timedelta(days=_EXPIRES_IN_DAYS), at)


def _receive_dated(
    town: Town, house: House, slug: str, lot_number: str, expires_on: date, at: datetime
) -> None:
    product = town.products[slug]
    elements = gs1_elements(
        gtin=product.box_gtin, today=at.date(), lot_number=lot_number, expires_on=expires_on
    )
    line = ArrivingLine(
        location_uid=house.shelf_for(product).uid,
        scan="]d2" + write_element_string(elements),
        pack_count=1,
        cost=CostOf(state=CostState.FREE_SAMPLE),
        decision="demo: taken as a free sample, to be used in time",
    )
    _receive(town, house, "south", line, at)


def _receive_unconfirmed(town: Town, house: House, at: datetime) -> None:
    product = town.products["mystery-serum"]
    line = ArrivingLine(
        location_uid=house.shelves["Fridge"].uid,
        product_uid=product.uid,
        lot_number="MYS001",
        expires_on=at.date() + timedelta(days=300),
        pack_count=2,
    )
    _receive(town, house, "south", line, at)


def _receive(town: Town, house: House, supplier: str, line: ArrivingLine, at: datetime) -> None:
    command = Receive(
        supplier_uid=town.supplier_uids[supplier],
        delivery_note=f"DEMO-{at:%y%m%d}-{supplier.upper()}-{at:%H%M}",
        arrived_at=at,
        state_on_arrival=ArrivalState.GOOD,
        lines=(replace(line, order_choice=OrderChoice.KEEP),),
    )
    town.do(receive, command, by=house.actors["nurse"], at=at)


def _make_low(town: Town, house: House, at: datetime) -> None:
    product = town.products["deoxycholic"]
    level = SetStockLevel(product_uid=product.uid, minimum_count=40, target_count=80)
    town.do(set_stock_level, level, by=house.actors["manager"], at=at)


def _hold_one_lot(town: Town, house: House, at: datetime) -> None:
    lots = lots_here(town, house, "collagen")
    hold = PlaceHold(reason=HoldReason.SUSPICION, note="demo: the liquid looks cloudy", lot_uid=lots[0].uid)
    town.do(place_hold, hold, by=house.actors["nurse"], at=at)


def _open_near_limit(town: Town, house: House, at: datetime) -> None:
    command = OpenContainer(
        thing=ThingName(product_uid=town.products["glutathione"].uid),
        stands_in_uid=house.shelves["Room 1"].uid,
    )
    town.do(open_container, command, by=house.actors["nurse"], at=at)
